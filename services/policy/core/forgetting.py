"""Take the people out of what the ledger keeps, and leave what it takes to judge the same again.

An organizer's address becomes a pseudonym: the same for the same address, with its mail domain. Names and what people
wrote are left out. What a policy says, names of people included, is the policy's, and stays as long as that version.
"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from services.policy.core.ledger import Judged
from services.policy.core.snapshot import JudgedDecision

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

NO_LONGER_KEPT = "No longer kept"
_PREFIX = "person-"
_OF_POLICIES = frozenset({"rule", "breach"})
_WRITTEN = {"allowed_by_administrator": "reason", "stated": "message"}
"""Facts that are what somebody wrote and cannot be missing, by the kind of their explanation."""


def is_pseudonym(address: str | None) -> bool:
    """Whether an address stands for another one that is no longer kept."""
    return address is not None and address.startswith(_PREFIX)


def find_organizers(value: Json) -> Iterator[str]:
    """Yield the address of each organizer in stored facts."""
    match value:
        case dict():
            for name, inner in value.items():
                if name == "organizer" and isinstance(inner, str) and value.get("kind") != "slot_taken":
                    yield inner
                elif name not in _OF_POLICIES:
                    yield from find_organizers(inner)
        case list():
            for inner in value:
                yield from find_organizers(inner)
        case _:
            pass


def without_people(value: Json, pseudonyms: Mapping[str, str]) -> Json:
    """Return stored facts with pseudonyms for organizers, and without any name and anything that somebody wrote.

    Raises KeyError for an organizer without a pseudonym.
    """
    match value:
        case dict():
            kind = value.get("kind")
            written = _WRITTEN.get(kind) if isinstance(kind, str) else None
            return {
                name: NO_LONGER_KEPT
                if name == written
                else _without_people(name, inner, pseudonyms, is_name=kind == "slot_taken")
                for name, inner in value.items()
            }
        case list():
            return [without_people(inner, pseudonyms) for inner in value]
        case _:
            return value


def _without_people(name: str, value: Json, pseudonyms: Mapping[str, str], *, is_name: bool) -> Json:
    match name:
        case "organizer_name" | "comment" | "retitled":
            return None
        case "organizer":
            return pseudonyms[value] if isinstance(value, str) and not is_name else None
        case _:
            return value if name in _OF_POLICIES else without_people(value, pseudonyms)


def names_pseudonyms(found: JudgedDecision) -> bool:
    """Whether pseudonyms stand for organizers in a decision."""
    return any(is_pseudonym(each.organizer) for each in (found.judged, found.snapshot.before) if each is not None)


def with_organizers(found: JudgedDecision, pseudonyms: Mapping[str, str]) -> JudgedDecision:
    """Return a decision with the organizers that policies name, since these may treat them differently.

    `pseudonyms` are those of the addresses that the policies name. For anybody else a pseudonym is as good.
    """
    named = {pseudonym: address for address, pseudonym in pseudonyms.items()}

    def restored(judged: Judged) -> Judged:
        organizer = judged.organizer
        return judged.model_copy(update={"organizer": named.get(organizer, organizer) if organizer else None})

    before = found.snapshot.before
    snapshot = found.snapshot.model_copy(update={"before": restored(before) if before is not None else None})
    return found.model_copy(update={"judged": restored(found.judged), "snapshot": snapshot})
