"""Which rules can be set for the room and removed again, and which times break them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from deploy.driver.administrator import Administrator
from deploy.driver.http import Json
from deploy.driver.recurrences import WEEKDAYS
from deploy.driver.slots import Slot
from tests.system.series_walk.patterns import slot_of

OPENS_AFTER_HALF_HOURS = 1
LONGEST_MINUTES = 60


def _opening_hours() -> Json:
    opens = slot_of(0, OPENS_AFTER_HALF_HOURS).start
    return {"weekly": {day: [[f"{opens:%H:%M}", "22:00"]] for day in WEEKDAYS}}


RULES: Mapping[str, Json] = {
    "opening_hours": _opening_hours(),
    "maximum_duration": {"minutes": LONGEST_MINUTES},
    "approval": {"when": "always", "approvers": ["grace@contoso.example"], "at_deadline": "leave"},
}


@dataclass
class Rules:
    """The rules of one space. `ever` are the kinds that were in force at some time since both sides were last quiet."""

    administrator: Administrator
    space: Json
    in_force: dict[str, Json] = field(default_factory=dict)
    ever: set[str] = field(default_factory=set)

    async def turn(self, kind: str) -> str:
        """Set a rule, or remove it if it is set."""
        self.ever.add(kind)
        if kind in self.in_force:
            await self.administrator.delete_policy(self.in_force.pop(kind))
            return f"the rule {kind} is removed"
        self.in_force[kind] = await self.administrator.set_policy(self.space, kind, RULES[kind])
        return f"the rule {kind} is set"

    def quiet(self) -> None:
        """Note that whatever was asked for under former rules is decided."""
        self.ever = set(self.in_force)

    def breaks(self, when: Slot) -> bool:
        """Whether a time breaks a rule that was in force, or one that leaves it to an administrator."""
        early = slot_of(0, OPENS_AFTER_HALF_HOURS).start.time()
        return (
            "approval" in self.ever
            or ("opening_hours" in self.ever and (when.start.time() < early or when.end.hour >= 22))
            or ("maximum_duration" in self.ever and when.end - when.start > timedelta(minutes=LONGEST_MINUTES))
        )
