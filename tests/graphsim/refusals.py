"""How a call is refused, whoever refuses it.

Every room raises `CallRefused`, and none makes an answer of it: `graph.refusing` and `entra.refusing` do, each in the
format of its surface. The control surface speaks Graph's.

Source: https://learn.microsoft.com/en-us/graph/errors
"""

from collections.abc import Mapping


class CallRefused(Exception):
    """A refusal with its HTTP status, code and message.

    `headers` go with the answer; `extra` joins Graph's error object as it is.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        headers: Mapping[str, str] | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.headers = headers or {}
        self.extra = extra or {}


def retry_after(seconds: float | None) -> dict[str, str]:
    """The header that asks for patience; None asks for none."""
    return {} if seconds is None else {"Retry-After": f"{seconds:g}"}


def item_not_found() -> CallRefused:
    """The id is unknown here, moved, deleted, or belongs to another mailbox: Graph does not say which."""
    return CallRefused(404, "ErrorItemNotFound", "The specified object was not found in the store.")


def invalid_request(message: str) -> CallRefused:
    return CallRefused(400, "ErrorInvalidRequest", message)


def invalid_property(message: str) -> CallRefused:
    return CallRefused(400, "ErrorPropertyValidationFailure", message)


def unreadable_body(message: str) -> CallRefused:
    """The body does not have the types that the metadata names; nothing reached the mailbox."""
    return CallRefused(400, "RequestBodyRead", message)
