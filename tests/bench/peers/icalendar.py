"""Events as files: https://www.rfc-editor.org/rfc/rfc5545."""

from collections.abc import Iterable, Sequence

from deploy.driver.slots import Slot

_UTC = "%Y%m%dT%H%M%SZ"


def events(name: str, slots: Iterable[Slot]) -> dict[str, str]:
    """Make an event for each slot, all different; return them by their UIDs, which begin with `name`."""
    return {f"{name}-{number}": _event(f"{name}-{number}", slot) for number, slot in enumerate(slots)}


def calendar(made: Iterable[str]) -> str:
    """Put events into one file."""
    return _lines("BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//bench//EN") + "".join(made) + _lines("END:VCALENDAR")


def uids(text: str) -> Sequence[str]:
    """Return the UIDs in a file, as often as each is there."""
    return [line.removeprefix("UID:") for line in text.splitlines() if line.startswith("UID:")]


def _event(uid: str, slot: Slot) -> str:
    return _lines(
        "BEGIN:VEVENT",
        f"UID:{uid}",
        f"DTSTAMP:{slot.start:{_UTC}}",
        f"DTSTART:{slot.start:{_UTC}}",
        f"DTEND:{slot.end:{_UTC}}",
        f"SUMMARY:Event {uid}",
        "END:VEVENT",
    )


def _lines(*lines: str) -> str:
    return "".join(f"{line}\r\n" for line in lines)
