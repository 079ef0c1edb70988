"""How often something is to be booked, as a form has it, and as a rule of RFC 5545.

What the choices of the form cannot say is written as such a rule itself.
"""

from collections.abc import Mapping
from datetime import date

from libs.contracts.values import Window
from services.policy.console.reservation_forms import NotUsable, read_number
from services.policy.core.recurrence.rfc5545 import parse_rrule
from services.policy.core.recurrence.rule import InvalidRecurrence, Recurrence
from services.policy.core.recurrence.stored import as_text, without_start

FIELDS = ("repeats", "interval", "times", "until", "rrule", "on_conflict")

REPEATS: Mapping[str, tuple[str, str]] = {
    "daily": ("Every day", "FREQ=DAILY"),
    "weekdays": ("Monday to Friday", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"),
    "weekly": ("Every week", "FREQ=WEEKLY"),
    "monthly": ("Every month, on this day of it", "FREQ=MONTHLY"),
    "yearly": ("Every year", "FREQ=YEARLY"),
}
"""What can be chosen: what it is called, and the rule that it makes."""

BY_RULE = "rule"
"""What is chosen to write the rule itself."""

_NO_DATE = "This is no date: a date such as 2027-03-01."
_BOTH = "This goes with no last day: give one of them, how many times or until when."
_NEITHER = "This is missing: say how many times, or until when."
_NO_RULE = "This is missing: a rule such as FREQ=WEEKLY;BYDAY=MO,WE;COUNT=10."
_UNKNOWN = "This is none of what can be chosen. Choose one of the list."


def read_rule(written: Mapping[str, str]) -> str | None:
    """Read the rule that was chosen; None if it happens once. Raises `NotUsable`."""
    chosen = written.get("repeats", "")
    if not chosen:
        return None
    if chosen == BY_RULE:
        if not written.get("rrule"):
            raise NotUsable({"rrule": _NO_RULE})
        return written["rrule"]
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


def write_rule(recurrence: Recurrence, first: Window, time_zone: str) -> dict[str, str]:
    """Write a recurrence into the fields of a form: as one of the choices if one has just these dates."""
    rule = recurrence.rules[0]
    ends = {
        "interval": str(rule.interval),
        "times": str(rule.count or ""),
        "until": rule.until.isoformat() if rule.until is not None else "",
    }
    for chosen in REPEATS:
        written = {**ends, "repeats": chosen, "rrule": ""}
        if _read(written, first, time_zone) == recurrence:
            return written
    return {"repeats": BY_RULE, "interval": "", "times": "", "until": "", "rrule": without_start(as_text(recurrence))}


def _read(written: Mapping[str, str], first: Window, time_zone: str) -> Recurrence | None:
    try:
        return parse_rrule(read_rule(written) or "", first, time_zone)
    except (NotUsable, InvalidRecurrence):
        return None


def _read_day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat().replace("-", "")
    except ValueError as error:
        raise NotUsable({"until": _NO_DATE}) from error
