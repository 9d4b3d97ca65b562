"""IAM: what a call asks for, whether the caller's policies and the resource's allow it, and how a service says no."""
