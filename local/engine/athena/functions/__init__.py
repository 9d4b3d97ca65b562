"""What Athena's functions mean in DuckDB: tables of signatures, macros, and Python where SQL has no words for it."""
