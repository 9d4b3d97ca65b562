"""The `landfall` command line: what on-call asks of a deployed Landfall, and what they ask it to do."""
