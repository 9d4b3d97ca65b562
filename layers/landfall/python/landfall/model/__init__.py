"""Values: pipelines, runs, events, and AWS's answers. No I/O."""
