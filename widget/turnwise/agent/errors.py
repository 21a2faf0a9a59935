"""What can go wrong between an agent and its provider. Each message says what happened, what was received, the cure.

    ProviderError            theirs: the run ends with it, as data
    ├── RequestRefused       an HTTP status of 400 or more (``status``, ``code``, ``retry_after``)
    ├── ConnectionFailed     no connection, or none that answered
    ├── ServerSilent         connected, then nothing within the time allowed
    ├── MalformedStream      an answer that is not the format it should be
    └── TruncatedStream      the reply stopped without saying that it had ended

Knows nothing of turnwise.
"""

# ruff: noqa: N818  # each name says what happened; only the base needs to say that it is an error

from __future__ import annotations


class ProviderError(Exception):
    """The provider or the way to it failed; the agent's own code is not at fault."""


class RequestRefused(ProviderError):
    """The server answered with an error status."""

    def __init__(
        self, message: str, *, status: int, code: str | None = None, retry_after: float | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        """The server's own word for it, such as ``"rate_limit_exceeded"``."""
        self.retry_after = retry_after
        """Seconds that the server asks to wait; ``None`` if it did not say."""


class ConnectionFailed(ProviderError):
    """No server was reached, or it hung up before it answered."""


class ServerSilent(ProviderError):
    """The server took the request, or began to answer, and then sent nothing more in time."""


class MalformedStream(ProviderError):
    """What came is not what the format allows; the message quotes the beginning of it."""


class TruncatedStream(ProviderError):
    """The reply broke off: what was said so far may be half of it, and must not pass for an answer."""

    truncated = True
