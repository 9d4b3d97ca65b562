"""Athena: queries over the catalog's tables, answered by DuckDB from the files in S3."""
