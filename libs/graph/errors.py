"""The errors of calls to Graph, by what the caller may do about them.

    GraphError
    ├── Transient              try again later; nothing is known to be done unless the class says so
    │   ├── Throttled          429: refused before anything was done
    │   ├── Unavailable        5xx
    │   ├── ConnectionLost     no answer; a write may or may not have been done
    │   └── LoginUnreachable   the login service gives no token now; nothing was asked of Graph
    ├── AuthenticationFailed   the login service refuses the credential: the whole connection is affected
    │   ├── CredentialUnusable the credential cannot be read here; Microsoft was not asked
    │   └── GraphTokenRefused  Graph refuses the token that the login service gave
    ├── UnusableConnection     our settings lead to no cloud; nobody was asked
    ├── IncompleteListing      a listing broke off; conclude nothing from it
    ├── UnreadableEvent        an event is there but we cannot read it; conclude nothing about it
    └── Refused                the same call will be refused again
        ├── BadRequest, Forbidden, NotFound, Gone, Conflict
        ├── OccurrenceCrossing         a date of a series would stand on or beyond the day of its neighbour
        ├── MailboxNotFound            the whole mailbox was not found: conclude nothing about its events
        ├── PreconditionFailed         412: the event changed since it was read
        └── DuplicateTransaction       the event was already created; find it

Source: https://learn.microsoft.com/graph/errors
"""

from datetime import timedelta


class GraphError(Exception):
    """A call to Graph failed. `code` is Graph's error code; never decide by the message."""

    def __init__(self, message: str, *, status: int = 0, code: str = "") -> None:
        super().__init__(f"{message} (status {status}, code {code})" if status else message)
        self.status = status
        self.code = code


class Transient(GraphError):
    """Trying again later may work; `retry_after` is how long the server asked us to wait."""

    def __init__(self, message: str, *, status: int = 0, code: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(message, status=status, code=code)
        self.retry_after = retry_after


class Throttled(Transient):
    """Too many requests; nothing was done."""


class Unavailable(Transient):
    """The server failed or is overloaded."""


class ConnectionLost(Transient):
    """No answer came. A write may have been done: look before writing again."""


class LoginUnreachable(Transient):
    """The login service cannot be reached or cannot answer now. The message is full sentences, with what helps."""


class AuthenticationFailed(GraphError):
    """The credential is refused. Conclude nothing about any mailbox. The message is full sentences, with what helps."""


class CredentialUnusable(AuthenticationFailed):
    """The credential cannot be read where it should be. The message is full sentences, with what helps."""


class GraphTokenRefused(AuthenticationFailed):
    """Graph refuses the token. The message is Graph's own."""


class UnusableConnection(GraphError):
    """Our own settings lead to no cloud for this connection. The message is full sentences, with what helps."""


class IncompleteListing(GraphError):
    """A listing broke off in the middle; conclude nothing from what it showed."""


class UnreadableEvent(GraphError):
    """An event is on the calendar, but its times or its identity cannot be read. `event_id` is its id, if it has one.

    The message names what is wrong, never what the event is about.
    """

    def __init__(self, message: str, *, event_id: str | None) -> None:
        super().__init__(message)
        self.event_id = event_id


class Refused(GraphError):
    """The same call will be refused again."""


class BadRequest(Refused):
    """Graph cannot understand the request."""


class OccurrenceCrossing(BadRequest):
    """An occurrence would stand on or beyond the day of the one before or after it."""


class Forbidden(Refused):
    """The mailbox is outside what the credential may reach, or a permission is missing."""


class NotFound(Refused):
    """There is no such event, subscription or mailbox."""


class MailboxNotFound(NotFound):
    """There is no such mailbox, or Exchange Online does not serve it."""


class Gone(Refused):
    """It existed and is gone; for a delta query, the token has expired."""


class Conflict(Refused):
    """It exists already."""


class PreconditionFailed(Refused):
    """The event changed since it was read; read it again."""


class DuplicateTransaction(Refused):
    """An event was already created under this transactionId; `existing_event_id` is its id, if Graph gave it."""

    def __init__(self, message: str, *, status: int, code: str, existing_event_id: str | None) -> None:
        super().__init__(message, status=status, code=code)
        self.existing_event_id = existing_event_id
