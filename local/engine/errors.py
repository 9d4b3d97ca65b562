"""Errors that cross module borders inside the engine."""


class ApiError(Exception):
    """A refusal that the caller of an AWS operation sees under its error code."""

    def __init__(self, code: str, message: str, **members: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.members = members


class CrawlError(Exception):
    """The crawl cannot go on; the message is the one that the crawler reports."""


class JobError(Exception):
    """The job's run cannot begin; the message is the run's ErrorMessage."""


class SettingsError(Exception):
    """A setting is unknown or has a value that it cannot take."""
