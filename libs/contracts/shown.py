"""What Outlook makes of what it is given: the only place where what is wanted is compared with what is shown.

Exchange cuts subjects and rounds times, and a comparison for equality would then never agree. So both sides are brought
to the form that Outlook gives them, and what we write is written in that form. `shown_holds` compares holds by this.

Source: https://learn.microsoft.com/openspecs/exchange_server_protocols/ms-oxcical/ (SUMMARY: 255 characters)
"""

from libs.contracts.days import is_of_these_days
from libs.contracts.values import Meeting, Window

LONGEST_SUBJECT = 255
"""In UTF-16 code units, as Exchange counts: a character beyond the basic plane counts twice."""


def shown_subject(wanted: str) -> str:
    """Return a subject as Outlook shows it: trimmed, on one line, and cut without leaving half a character behind."""
    line = " ".join(wanted.split())
    units = line.encode("utf-16-le", "surrogatepass")[: 2 * LONGEST_SUBJECT]
    return units.decode("utf-16-le", "ignore").rstrip()


def shown_window(wanted: Window) -> Window:
    """Return a window as Outlook shows it: in whole seconds."""
    return Window(start=wanted.start.replace(microsecond=0), end=wanted.end.replace(microsecond=0))


def is_shown_at(meeting: Meeting, wanted: Window) -> bool:
    """Whether an event stands at this time, or may stand there if it is of whole days in an unknown zone."""
    if meeting.is_floating:
        return is_of_these_days(meeting, wanted)
    return shown_window(meeting.window) == shown_window(wanted)
