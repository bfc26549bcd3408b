"""Recipes of autoencoders."""
