"""One file a result: each can be rerun with one command."""
