"""Examples that tests and verification share: builders, recorded payloads, incidents, records of DMS."""
