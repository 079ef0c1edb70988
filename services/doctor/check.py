"""One look at the installation: its name, how to look, and how long that may take."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.findings.finding import Finding

Look = Callable[[], Awaitable[Sequence[Finding]]]
"""Returns what is wrong. Raises `CouldNotLook` or `NotSetUp`; anything else it raises is told as a failure to look."""

WITHIN_S = 20.0


@dataclass(frozen=True, slots=True)
class Check:
    """One look. One that takes longer than `within_s` is given up and reported; with None it ends by itself."""

    name: str
    look: Look
    within_s: float | None = WITHIN_S


class CouldNotLook(Exception):
    """It is not known whether something is wrong. The message is a full sentence that says why."""


class NotSetUp(Exception):
    """There is nothing to look at from here, and nothing wrong with that. The message says what is missing."""


class LookedInPart(CouldNotLook):
    """Some of it could not be looked at. `findings` is what was found in the rest."""

    def __init__(self, sentence: str, findings: Sequence[Finding]) -> None:
        super().__init__(sentence)
        self.findings = tuple(findings)
