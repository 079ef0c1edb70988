"""What the sign-in needs, as wiring puts it together."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from services.policy.commands.callers import Caller
from services.policy.commands.work import RequestContext
from services.policy.console.sign_in.entra import LoginService


@dataclass(frozen=True, slots=True)
class SignIn:
    """How people sign in, and for how long that counts.

    `origin` is where browsers reach the console. `read_caller` tells whom an ID token is about; it raises
    `TokenRefused` and `KeysUnavailable`. A session expires after `idle` without use, and ends after `longest`.
    """

    context: RequestContext
    origin: str
    login: LoginService
    read_caller: Callable[[str], Awaitable[Caller]]
    idle: timedelta
    longest: timedelta
