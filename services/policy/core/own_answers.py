"""Tell from an observation whether a room mailbox answers invitations by itself, or somebody answers for it.

A mailbox that leaves its answers to us shows none until we give one, and then shows ours. Nothing else can be asked:
Graph does not tell how a mailbox processes invitations. What is decided does not depend on it.
Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing (AutomateProcessing)
"""

from enum import StrEnum

from libs.contracts.values import Answer
from services.policy.core.case import Case
from services.policy.core.freshness import is_of_another_mailbox, is_stale

ENOUGH_UNANSWERED = 5
"""So many invitations in a row that came unanswered show that a mailbox leaves its answers to us again."""

_QUOTES = (0x27, 0x2018, 0x2019, 0x201A, 0x201B)
"""What PowerShell takes for a single quote: the straight one and four curly ones."""

_ANSWERS = frozenset({Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED})


class AnswerSign(StrEnum):
    """What an observation shows of who answers for a room."""

    ANSWERED = "answered"
    """The invitation has an answer that is not ours."""
    UNANSWERED = "unanswered"
    """The invitation came just now, and has no answer yet."""


def find_sign(case: Case) -> AnswerSign | None:
    """Return what an observation shows of who answers for a room; None if it shows nothing."""
    seen, space = case.observation.meeting, case.ledger.space
    if seen is None or seen.is_room_owned or seen.is_unreadable or seen.is_cancelled or space.room_mailbox is None:
        return None
    if is_of_another_mailbox(case) or is_stale(case):
        return None
    known, intent = case.known, case.ledger.intent
    if known.standing is None and intent is None:
        return _find_sign_of_new(case)
    is_ours_written = intent is not None and intent.state == "written" and intent.is_written
    is_awaited = intent is not None and intent.is_awaited(case.observation.observed_at)
    if not is_ours_written or is_awaited or known.standing is None or seen.answer not in _ANSWERS:
        return None
    return None if seen.answer is known.standing.shows_as else AnswerSign.ANSWERED


def _find_sign_of_new(case: Case) -> AnswerSign | None:
    """Look at an invitation that we have not answered. What was answered before the mapping was not ours to answer."""
    seen, mapped_at = case.meeting, case.ledger.space.mapped_at
    if seen.answer not in _ANSWERS:
        return AnswerSign.UNANSWERED if case.ledger.meeting is None else None
    was_before = seen.answered_at is not None and mapped_at is not None and seen.answered_at < mapped_at
    return None if was_before else AnswerSign.ANSWERED


def write_command(room_mailbox: str) -> str:
    """Return the command after which a mailbox leaves its answers to us and keeps what we compare.

    Source: https://learn.microsoft.com/powershell/module/exchangepowershell/set-calendarprocessing
    """
    return (
        f"Set-CalendarProcessing -Identity {as_word(room_mailbox)} -AutomateProcessing AutoUpdate "
        "-AddNewRequestsTentatively $true -DeleteSubject $false -AddOrganizerToSubject $false "
        "-RemovePrivateProperty $false"
    )


def as_word(text: str) -> str:
    """Return a text as one word of a PowerShell command, whatever it holds.

    Source: https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
    """
    quoted = text.translate({quote: 2 * chr(quote) for quote in _QUOTES})
    return f"'{quoted}'"
