"""Landfall: a file lands in S3; minutes later it is a table, or on-call knows why not."""
