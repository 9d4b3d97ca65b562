"""Landfall's own errors: each one's docstring is its cause."""


class LandfallError(Exception):
    """The root of everything that Landfall raises on purpose."""


class SettingsError(LandfallError):
    """An environment variable that the function needs is missing or not of its kind."""


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
    """Another invocation changed the pipeline's state first; the loser reads again and decides again."""


class DeliveryError(LandfallError):
    """EventBridge did not take every announcement; they stay in the outbox until an invocation delivers them."""


class ThrottledError(LandfallError):
    """AWS throttles us even after the client's retries; the message comes back from its queue."""


class ChannelError(LandfallError):
    """A channel to on-call did not take a message; the queue tries again, and then it is a dead letter."""


class SweepError(LandfallError):
    """The watchdog could not look after every pipeline; the log has each one's reason, the next sweep tries again."""
