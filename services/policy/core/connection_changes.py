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

BEFORE_CONNECTING = (
    "The application is registered in Microsoft Entra, and its credential is in its file (docs/set-up.md, step 4).",
    "Connecting changes nothing in Outlook. Roomsync proves that it is the application, and lists the tenant's rooms.",
    "No room is watched or answered for before a space is mapped to it.",
)
"""What has to be there before a tenant is connected, and what connecting it does."""

OTHER_APPLICATION = (
    "Rooms stay mapped, and are read and written as the new application from then on.",
    "Exchange has to let that one reach them (docs/set-up.md, step 5), and the credentials have to be its own.",
)
"""What it means to reach the same tenant as another application."""

OTHER_TENANT = (
    "Each room is taken for another mailbox, of the same address in the other tenant. What is reserved here stays so.",
    "Meetings of the tenant that is left are no longer watched or answered.",
    "The events by which Roomsync blocks calendars there are taken out, by the credentials that are named now.",
    "In the other tenant, events of the rooms' own block what is reserved, and a first sync compares both sides.",
)
"""What it means to reach another tenant, for the rooms that are mapped through the connection."""

DELETING = (
    "The tenant is not asked for anything any more: its rooms are no longer listed, and none is mapped through it.",
    "The words that were set for its answers are deleted. What was reserved and decided stays in the ledger.",
    "Events of ours that Outlook refused to have taken out stay there, and are left alone.",
    "The application in Microsoft Entra, its permissions and the files of its credentials stay. Remove them there.",
)
"""What deleting a connection does."""


def say_next_step(*, is_listed: bool, has_trouble: bool, rooms: int) -> str | None:
    """Say what to do next with a connection; None once spaces are mapped through it.

    `is_listed` says whether the rooms of its tenant were ever listed, and `has_trouble` whether something is known that
    has to be mended.
    """
    if rooms:
        return None
    if is_listed:
        return (
            "The rooms of the tenant are known. Map spaces to them: where a space is called like a room, that is "
            "proposed. Nothing is answered in Outlook before that."
        )
    if has_trouble:
        return "Mend what is found below, and then check the connection now."
    return "Check the connection now: the check lists the rooms of the tenant. Then map spaces to them."
