"""The sections of the console that its navigation shows, and who may see each."""

from dataclasses import dataclass

from services.policy.commands.callers import READERS, Caller, Role
from services.policy.console.addresses import ROOT


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the console: its name, its address, and the roles that may see it."""

    name: str
    address: str
    roles: frozenset[Role]


TODAY = Section("Today", f"{ROOT}/", READERS)
TIMELINE = Section("Timeline", f"{ROOT}/timeline", READERS)
RESERVATIONS = Section("Reservations", f"{ROOT}/reservations", READERS)
APPROVALS = Section("Approvals", f"{ROOT}/approvals", READERS)
ROOMS = Section("Rooms", f"{ROOT}/rooms", READERS)
RULES = Section("Rules", f"{ROOT}/rules", READERS)
CONNECTIONS = Section("Connections", f"{ROOT}/connections", READERS)
FINDINGS = Section("Findings", f"{ROOT}/findings", READERS)
OPERATIONS = Section("Operations", f"{ROOT}/operations", READERS)

SECTIONS = (TODAY, TIMELINE, RESERVATIONS, APPROVALS, ROOMS, RULES, CONNECTIONS, FINDINGS, OPERATIONS)


def sections_for(caller: Caller) -> tuple[Section, ...]:
    """Return the sections that somebody may see, in the order of the navigation."""
    return tuple(each for each in SECTIONS if caller.is_any_of(each.roles))
