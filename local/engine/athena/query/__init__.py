"""Compiles a query of Athena to one of DuckDB, with every type known."""
