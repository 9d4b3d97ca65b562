"""One module for each command: ask, decide, show."""
