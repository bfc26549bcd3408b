"""Recipes of the autoregressive models."""
