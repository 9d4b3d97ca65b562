"""Glue's jobs: their runs, and the processes that run their scripts."""
