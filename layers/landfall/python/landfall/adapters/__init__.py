"""All calls to AWS: a module per service, and the meaning of its errors."""
