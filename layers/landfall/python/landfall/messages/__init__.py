"""What on-call reads: an incident's event from the bus, as e-mail, as chat message and as PagerDuty event. Pure."""
