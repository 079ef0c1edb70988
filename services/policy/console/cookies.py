"""The two cookies of the console: of a session, and of a browser in which somebody is signing in.

Their names begin with `__Host-`: no other host and no plain connection can set them. Browsers take plain HTTP to this
machine for a secure connection, so that they work there too.

Source: https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes
"""

from datetime import timedelta

from fastapi import Response

SESSION = "__Host-roomsync"
BROWSER = "__Host-roomsync-sign-in"


def set_secret(response: Response, name: str, secret: str, kept: timedelta | None = None) -> None:
    """Have the browser keep a secret, where no script finds it; until it is closed, unless `kept` says how long."""
    max_age = None if kept is None else int(kept.total_seconds())
    response.set_cookie(name, secret, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax")


def forget_secret(response: Response, name: str) -> None:
    """Have the browser forget a secret."""
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")
