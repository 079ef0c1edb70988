"""Bad days on demand: calls that match a rule fail, wait, or are answered into the void.

A rule is `{match: {method, path, mailbox, app}, effect: {status, code, message, retry_after, delay_ms,
answer_delay_ms, drop_after_commit, reset}, times | probability, seed}`. `path` is a regular expression, looked for
anywhere in the path; `app` is a name or a client id; what a match leaves out may be anything.
The first rule that matches and fires decides.
"""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Annotated, Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from pydantic import Field

from tests.graphsim.control import settings
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.admission import CALLER
from tests.graphsim.graph.requests import mailbox_of
from tests.graphsim.quantities import Count, Positive, Probability
from tests.graphsim.refusals import CallRefused, retry_after

CODES = {
    401: "InvalidAuthenticationToken",
    403: "ErrorAccessDenied",
    404: "ErrorItemNotFound",
    409: "Conflict",
    410: "SyncStateNotFound",
    412: "ErrorIrresolvableConflict",
    429: "ApplicationThrottled",
    503: "ServiceUnavailable",
    504: "UnknownError",
}


@dataclass(frozen=True, slots=True)
class Match:
    """Which calls."""

    method: str | None = None
    path: str | None = None
    mailbox: str | None = None
    app: str | None = None

    def fits(self, request: web.Request, mailbox: str | None) -> bool:
        app = request.get(CALLER)
        return (
            (self.method is None or self.method.upper() == request.method)
            and (self.path is None or re.search(self.path, request.path) is not None)
            and (self.mailbox is None or self.mailbox.lower() == mailbox)
            and (self.app is None or (app is not None and self.app in {app.name, app.client_id}))
        )


@dataclass(frozen=True, slots=True)
class Effect:
    """What becomes of them: waiting first, then one of the others.

    `reset` cuts the connection instead of doing anything. `drop_after_commit` does everything, then cuts it, or
    answers `status` if there is one. `status` alone does nothing. `answer_delay_ms` holds the answer back after the
    deed: news of it may arrive first, and the caller may lose patience.
    """

    status: Annotated[int, Field(ge=200, le=599)] | None = None
    code: str | None = None
    message: str = "A fault that was asked for."
    retry_after: Positive | None = None
    delay_ms: Positive = 0
    answer_delay_ms: Positive = 0
    drop_after_commit: bool = False
    reset: bool = False


@dataclass(frozen=True, slots=True)
class _Said:
    match: dict[str, Any] = field(default_factory=dict)
    effect: dict[str, Any] = field(default_factory=dict)
    times: Count | None = None
    probability: Probability = 1.0
    seed: int = 0


@dataclass(slots=True)
class FaultRule:
    """One rule; `left` counts down the times it still fires."""

    match: Match
    effect: Effect
    left: int | None
    probability: float
    chance: Random

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> Self:
        """Read a rule; one that cannot be read is a 400."""
        said = settings.read(_Said, spec)
        match = settings.read(Match, said.match)
        try:
            re.compile(match.path or "")
        except re.error as wrong:
            raise settings.refused(f"path is no regular expression: {wrong}") from wrong
        effect = settings.read(Effect, said.effect)
        return cls(match, effect, said.times, said.probability, Random(said.seed))

    def fires(self) -> bool:
        """Whether it fires now, which uses up one time."""
        if self.left == 0 or self.chance.random() >= self.probability:
            return False
        if self.left is not None:
            self.left -= 1
        return True


class Faults:
    """The rules in force."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules: list[FaultRule] = []

    @property
    def count(self) -> int:
        return len(self._rules)

    def reset(self) -> None:
        self._rules = []

    def configure(self, rules: list[Mapping[str, Any]]) -> None:
        """Replace all rules; one that cannot be read is a 400 and changes nothing."""
        self._rules = [FaultRule.parse(each) for each in rules]

    def middleware(self) -> Middleware:
        """Spoil calls on Graph and on Entra, never those on the control surface."""

        @web.middleware
        async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
            if not self._rules or request.path.startswith("/sim/"):
                return await handler(request)
            mailbox = mailbox_of(self._world, request)
            rule = next((each for each in self._rules if each.match.fits(request, mailbox) and each.fires()), None)
            return await handler(request) if rule is None else await _suffer(rule.effect, request, handler)

        return spoil


async def _suffer(effect: Effect, request: web.Request, handler: Handler) -> web.StreamResponse:
    if effect.delay_ms:
        await asyncio.sleep(effect.delay_ms / 1000)
    if effect.reset:
        _cut(request)
        return web.Response(status=499)  # reaches nobody but the log
    does_it = effect.drop_after_commit or effect.status is None
    outcome = await _outcome(request, handler) if does_it else None
    if effect.answer_delay_ms:
        await asyncio.sleep(effect.answer_delay_ms / 1000)
    if effect.status is not None:
        code = effect.code if effect.code is not None else CODES.get(effect.status, "InternalServerError")
        raise CallRefused(effect.status, code, effect.message, headers=retry_after(effect.retry_after))
    if effect.drop_after_commit:
        _cut(request)
    if isinstance(outcome, CallRefused):
        raise outcome
    assert outcome is not None
    return outcome


async def _outcome(request: web.Request, handler: Handler) -> web.StreamResponse | CallRefused:
    """What comes of the call without the fault."""
    try:
        return await handler(request)
    except CallRefused as refusal:
        return refusal


def _cut(request: web.Request) -> None:
    """Break the connection: what is answered after it reaches nobody but the log."""
    if request.transport is not None:
        request.transport.abort()
