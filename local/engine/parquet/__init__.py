"""Parquet files as their footers describe them, for the crawler and for Athena."""
