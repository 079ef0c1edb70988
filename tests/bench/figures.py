"""One line of the report: what was measured, what was asked for, and how far a peer came in the same run."""

from dataclasses import dataclass
from typing import Literal, assert_never


class Incorrect(Exception):
    """The system did what it must never do, however fast."""


@dataclass(frozen=True, slots=True)
class Target:
    """What was asked for. `times` asks for so many times a peer's speed, the others for a value of the line's unit."""

    kind: Literal["below", "at_least", "exactly", "times"]
    bound: float

    def in_words(self, unit: str) -> str:
        match self.kind:
            case "below":
                return f"< {self.bound:g} {unit}"
            case "at_least":
                return f"≥ {self.bound:,g} {unit}"
            case "exactly":
                return f"{self.bound:g} {unit}"
            case "times":
                return f"≥ {self.bound:g} times peer"
            case _:
                assert_never(self.kind)


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's way of doing the same, and what it reached beside us."""

    name: str
    reached: float


@dataclass(frozen=True, slots=True)
class Line:
    """What one measurement came to. More is better where the target is a least one; less is better otherwise."""

    figure: str
    what: str
    reached: float
    unit: str
    target: Target
    peer: Peer | None = None
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer this is."""
        if self.peer is None:
            return None
        if self.target.kind == "at_least":
            return self.reached / self.peer.reached
        return self.peer.reached / self.reached

    @property
    def is_met(self) -> bool:
        match self.target.kind:
            case "below":
                return self.reached < self.target.bound
            case "at_least":
                return self.reached >= self.target.bound
            case "exactly":
                return self.reached == self.target.bound
            case "times":
                return self.ratio is not None and self.ratio >= self.target.bound
            case _:
                assert_never(self.target.kind)
