"""The services that handlers use: transitions, batches, settings, and queries to AWS."""
