"""Who has signed in to the console, as pages and forms know them."""

from dataclasses import dataclass

from fastapi import Request

from services.policy.commands.callers import Caller


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has signed in. `csrf_token` has to come back with whatever their browser wants changed."""

    caller: Caller
    csrf_token: str


def visitor_of(request: Request) -> Visitor:
    """Return who asks for a page; the middleware of the sign-in let nobody else through."""
    visitor: Visitor = request.state.visitor
    return visitor
