"""Two ASGI applications on one port: one has all paths below a prefix, the other has the rest.

One rule: a request reaches one of them only, so that what guards one does not let anybody into the other.
"""

from starlette.types import ASGIApp, Receive, Scope, Send


class Beside:
    """An ASGI application: `below` has the path `prefix` and all paths below it, `others` has the rest."""

    def __init__(self, prefix: str, below: ASGIApp, others: ASGIApp) -> None:
        self._prefix = prefix
        self._below = below
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        is_below = path == self._prefix or path.startswith(f"{self._prefix}/")
        await (self._below if is_below else self._others)(scope, receive, send)
