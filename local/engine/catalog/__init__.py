"""Glue's Data Catalog as clients call it: databases, tables, versions, partitions, and what else they ask Glue."""
