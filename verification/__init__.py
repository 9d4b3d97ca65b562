"""Programs that prove what Landfall promises: simulation, template rules, least privilege, fuzzing. Tests call them."""
