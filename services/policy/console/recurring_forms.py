"""How often something is to be booked, as a form has it, and as a rule of RFC 5545."""

from collections.abc import Mapping
from datetime import date

from services.policy.console.reservation_forms import NotUsable, read_number

FIELDS = ("repeats", "interval", "times", "until", "on_conflict")

REPEATS: Mapping[str, tuple[str, str]] = {
    "daily": ("Every day", "FREQ=DAILY"),
    "weekdays": ("Monday to Friday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    "weekly": ("Every week", "FREQ=WEEKLY"),
    "monthly": ("Every month, on this day of it", "FREQ=MONTHLY"),
    "yearly": ("Every year", "FREQ=YEARLY"),
}
"""What can be chosen: what it is called, and the rule that it makes."""

_NO_DATE = "This is no date: a date such as 2027-03-01."
_BOTH = "This goes with no last day: give one of them, how many times or until when."
_NEITHER = "This is missing: say how many times, or until when."
_UNKNOWN = "This is none of what can be chosen. Choose one of the list."


def read_rule(written: Mapping[str, str]) -> str | None:
    """Read the rule that was chosen; None if it happens once. Raises `NotUsable`."""
    chosen = written.get("repeats", "")
    if not chosen:
        return None
    if chosen not in REPEATS:
        raise NotUsable({"repeats": _UNKNOWN})
    interval, times = read_number(written, "interval") or 1, read_number(written, "times")
    until = written.get("until", "")
    if times is not None and until:
        raise NotUsable({"times": _BOTH})
    if times is None and not until:
        raise NotUsable({"times": _NEITHER})
    ends = f"COUNT={times}" if times is not None else f"UNTIL={_read_day(until)}"
    return f"{REPEATS[chosen][1]};INTERVAL={interval};{ends}"


def _read_day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat().replace("-", "")
    except ValueError as error:
        raise NotUsable({"until": _NO_DATE}) from error
