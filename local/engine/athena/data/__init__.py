"""The files of tables: which are read, how each SerDe reads them, and how results are written."""
