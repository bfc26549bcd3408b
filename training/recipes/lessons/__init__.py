"""Recipes that show one thing about a method."""
