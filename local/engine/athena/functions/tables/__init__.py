"""What each function of Athena means, by the pages of Trino's documentation (Functions and operators)."""
