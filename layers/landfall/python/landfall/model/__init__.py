"""Values: what Landfall knows of pipelines, runs, events and AWS's answers. No I/O."""
