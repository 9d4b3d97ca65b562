"""One module per command: read, decide, show."""
