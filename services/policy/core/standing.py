"""How a room stands to a meeting, and what of that Outlook shows."""

from enum import StrEnum

from libs.contracts.values import Answer


class Standing(StrEnum):
    """How a room stands to a meeting, as last decided. Four of these show as tentative in Outlook."""

    ACCEPTED = "accepted"
    AWAITS_APPROVAL = "awaits_approval"
    CHANGE_AWAITS_APPROVAL = "change_awaits_approval"
    PROPOSES_ORIGINAL = "proposes_original"
    PROPOSES_CHANGE = "proposes_change"
    DECLINED = "declined"

    @property
    def shows_as(self) -> Answer:
        """Return the answer that the room's copy shows once Outlook follows."""
        return _SHOWN[self]

    @property
    def awaits_approval(self) -> bool:
        """Whether an administrator is asked."""
        return self in {Standing.AWAITS_APPROVAL, Standing.CHANGE_AWAITS_APPROVAL}

    @property
    def holds_the_room(self) -> bool:
        """Whether the room's copy, once it shows the answer, is all that Outlook needs for the reservation."""
        return self in {Standing.ACCEPTED, Standing.AWAITS_APPROVAL}


_SHOWN = {
    Standing.ACCEPTED: Answer.ACCEPTED,
    Standing.AWAITS_APPROVAL: Answer.TENTATIVE,
    Standing.CHANGE_AWAITS_APPROVAL: Answer.TENTATIVE,
    Standing.PROPOSES_ORIGINAL: Answer.TENTATIVE,
    Standing.PROPOSES_CHANGE: Answer.TENTATIVE,
    Standing.DECLINED: Answer.DECLINED,
}
