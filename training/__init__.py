"""Data pipelines, strategies, callbacks, recipes and the command line."""
