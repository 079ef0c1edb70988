"""Let meetings of one organizer change places.

Outlook moves one after the other, so each asks for what another still has. Each is judged as if the others had what
they ask for, and all of them are booked at once, or none. A meeting in the way asks for another time if its own move
waits for a look, or was refused while the time is still proposed that it has. A date of a series may take part like a
single meeting; a series as a whole may not.
"""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from services.policy.core.answering import answer_invitation
from services.policy.core.availability import find_conflicts
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, judged_on
from services.policy.core.evaluate import evaluate
from services.policy.core.granted import count, take
from services.policy.core.ledger import Judged, KnownMeeting, Slice
from services.policy.core.looking import find_shown
from services.policy.core.standing import Standing
from services.policy.core.verdict import Accept

MOST_AT_ONCE = 5


def find_own_in_the_way(case: Case) -> frozenset[UUID]:
    """Return the reservations of the organizer's own meetings in the way; none if anything else is in the way too."""
    if case.observation.meeting is None or not case.ledger.taken or case.judged.is_series:
        return frozenset()
    request, ledger = case.request, case.ledger
    if not find_shown(request, ledger).are_own:
        return frozenset()
    found = find_conflicts(request.window, ledger.space.buffers, ledger.taken, request.own)
    return frozenset(each.reservation_id for each in found)


def find_asked(known: KnownMeeting | None) -> Judged | None:
    """Return what a meeting, or a date of a series, asks for that it does not have; None if it asks for nothing."""
    if known is None or not known.is_present:
        return None
    if known.pending_look is not None:
        asked: Judged | None = known.pending_look.judged
    else:
        asked = known.judged if known.standing is Standing.PROPOSES_ORIGINAL else None
    return None if asked is None or asked.is_series else asked


def decide_swap(cases: Sequence[Case]) -> Decision | None:
    """Book each meeting where it asks to be, all at once; None if that cannot be granted to every one of them."""
    changes: list[Change] = []
    for case in cases:
        there = replace(case, ledger=_after_the_others(case, [each for each in cases if each is not case]))
        verdict = evaluate(there.request, there.ledger)
        if not isinstance(verdict, Accept):
            return None
        changes += judged_on(there.ledger, answer_invitation(there, verdict).changes)
    return Decision(tuple(changes), note="swapped")


def _after_the_others(case: Case, others: Sequence[Case]) -> Slice:
    """Return the slice of a case as it will be when the other meetings are where they ask to be."""
    ledger = case.ledger
    asked = {id_of(each): each.judged.window for each in others}
    stays = [each for each in ledger.taken if each.reservation_id not in asked]
    comes = [take(reservation_id, window, ledger.space) for reservation_id, window in asked.items()]
    counted = [each for each in ledger.bookings if each.reservation_id not in asked]
    for reservation_id, window in asked.items():
        counted += count(reservation_id, window, ledger)
    return replace(ledger, taken=(*stays, *comes), bookings=tuple(counted))


def id_of(case: Case) -> UUID:
    """Return the id of the reservation that a case is about, or would get."""
    return case.ledger.live.id if case.ledger.live is not None else case.new_id
