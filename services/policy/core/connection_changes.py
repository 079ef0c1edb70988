"""Say what the settings of a connection mean for Outlook, before somebody changes them."""

from collections.abc import Mapping

from services.policy.core.place import ConflictDetail

FROM_NOW_ON = (
    "It holds at once, for what is asked for and answered from then on. What was decided stays as it is, in the ledger "
    "and in Outlook."
)

OWN_DOMAINS = (
    "Rules that tell external organizers apart take those of any other domain for external. Without a domain here, "
    "nobody is."
)

EDITS_ORGANIZER_EVENTS: Mapping[bool, str] = {
    True: (
        "A change that is refused is undone in the organizer's own calendar, a meeting that is moved here is moved "
        "there, and a room that an administrator rejects is taken off it. That needs an organizer who is not external, "
        "whose mailbox Microsoft 365 lets this application edit."
    ),
    False: "Nothing is changed in calendars other than those of the rooms.",
}
"""What becomes of organizers' own events, by whether they may be edited."""

REFUSED_EDIT: Mapping[str, str] = {
    "propose_original": (
        "The original time stays booked. The room answers tentatively, and proposes that time where the meeting and "
        "its organizer take proposals."
    ),
    "decline": (
        "The original time stays booked, by an event of the room's own. The room declines with the reasons, and "
        "Outlook no longer tells it when that meeting is cancelled."
    ),
}
"""What is seen of a change that is refused and cannot be undone, by the setting."""

CONFLICT_DETAIL: Mapping[ConflictDetail, str] = {
    "organizer": "Declines say who has the room and when, and of a private meeting only when.",
    "time": "Declines say when the room is taken, and not by whom.",
}
"""What organizers are told of a meeting in the way, by the setting."""
