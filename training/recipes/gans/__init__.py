"""Recipes of games."""
