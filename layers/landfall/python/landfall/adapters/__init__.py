"""Everything that Landfall asks of AWS: a module for each service, and what its errors mean."""
