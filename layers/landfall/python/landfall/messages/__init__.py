"""Messages to on-call: an incident's event from the bus as e-mail, chat message and PagerDuty event. Pure."""
