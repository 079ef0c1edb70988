"""Say what keeping one side of a conflict will do in Outlook, before somebody decides."""

KEEPING_LEDGER = (
    "The reservation stays as it is.",
    "The room declines the event in Outlook, which tells its organizer why, with your comment.",
)
KEEPING_OUTLOOK = (
    "The event in Outlook is booked. Its organizer has an accept already, so nobody is mailed about that.",
    "The reservation is cancelled.",
    "If it was made by an invitation, the room declines that, which tells its organizer why, with your comment.",
    "If an event of the room's own blocks its time, that leaves the room's calendar.",
)
