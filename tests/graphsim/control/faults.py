"""Bad days on demand: calls that match a rule fail, wait, or are answered into the void.

A rule is `{match: {method, path, mailbox, app}, effect: {...}, times | probability, seed, for_s}`. `path` is a regular
expression, looked for anywhere in the path; `app` is a name or a client id; what a match leaves out may be anything.
`for_s` is how long the rule is in force. What an effect may be is in `fault_effects`.
The first rule that matches and fires decides.
"""

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any, Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from tests.graphsim.control import settings
from tests.graphsim.control.fault_effects import Effect, read_effect, suffer
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.admission import CALLER
from tests.graphsim.graph.requests import mailbox_of
from tests.graphsim.quantities import Count, Positive, Probability


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
class _Said:
    match: dict[str, Any] = field(default_factory=dict)
    effect: dict[str, Any] = field(default_factory=dict)
    times: Count | None = None
    probability: Probability = 1.0
    seed: int = 0
    for_s: Positive | None = None


@dataclass(slots=True)
class FaultRule:
    """One rule; `left` counts down the times it still fires, and `until` is when it ends."""

    match: Match
    effect: Effect
    left: int | None
    probability: float
    chance: Random
    until: float | None

    @classmethod
    def parse(cls, spec: Mapping[str, Any]) -> Self:
        """Read a rule; one that cannot be read is a 400."""
        said = settings.read(_Said, spec)
        match = settings.read(Match, said.match)
        try:
            re.compile(match.path or "")
        except re.error as wrong:
            raise settings.refused(f"path is no regular expression: {wrong}") from wrong
        effect = read_effect(said.effect)
        until = None if said.for_s is None else time.monotonic() + said.for_s
        return cls(match, effect, said.times, said.probability, Random(said.seed), until)

    def fits(self, request: web.Request, mailbox: str | None) -> bool:
        return self.effect.suits(request) and self.match.fits(request, mailbox)

    def fires(self) -> bool:
        """Whether it fires now, which uses up one time."""
        if self.until is not None and time.monotonic() >= self.until:
            return False
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
            rule = next((each for each in self._rules if each.fits(request, mailbox) and each.fires()), None)
            return await handler(request) if rule is None else await suffer(rule.effect, request, handler)

        return spoil
