"""Landfall's own errors; each docstring describes the cause."""


class LandfallError(Exception):
    """The base of all errors that Landfall raises on purpose."""


class SettingsError(LandfallError):
    """An environment variable that the function needs is missing or invalid."""


class MalformedEventError(LandfallError):
    """A payload is not the event that this function reacts to, or lacks a field that AWS always sends."""


class InvalidDefinitionError(LandfallError):
    """A pipeline definition breaks a rule; the text names the parameter, the field and what is allowed."""

    def __init__(self, parameter: str, problems: tuple[str, ...]) -> None:
        super().__init__(f"{parameter}: " + "; ".join(problems))
        self.parameter = parameter
        self.problems = problems


class NoPipelineError(LandfallError):
    """An upload was delivered that no valid pipeline covers: its definition is missing, invalid or elsewhere."""


class VersionConflictError(LandfallError):
    """Another invocation changed the pipeline's state first: read the state and decide again."""


class DeliveryError(LandfallError):
    """EventBridge did not accept every announcement; the rest stays in the outbox until an invocation delivers it."""


class ThrottledError(LandfallError):
    """AWS throttles a call even after the client's retries; the queue delivers the message again."""


class ChannelError(LandfallError):
    """A channel to on-call did not accept a message; the queue retries it, and finally dead-letters it."""


class SweepError(LandfallError):
    """The watchdog could not sweep every pipeline; the log has the reasons, and the next sweep tries again."""
