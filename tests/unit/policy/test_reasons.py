"""Every reason that people are given, whole, and what would help."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from services.policy.core import explanations
from services.policy.core.advice import advise
from services.policy.core.alternatives import Alternatives, would_another_time_help
from services.policy.core.explanations import (
    AcceptedBeforeMapping,
    AllowedByAdministrator,
    ApprovedAtDeadline,
    ApprovedByAdministrator,
    CancelledByAdministrator,
    Explanation,
    HasEnded,
    HasNoLength,
    HeldByInvitation,
    IsASeries,
    IsOver,
    KeptInConflict,
    KeptLongEnough,
    MeetingCancelled,
    MeetingGone,
    MovedToThePast,
    NoLongerBlocks,
    NotAnswered,
    NotApprovedInTime,
    OnDate,
    OverCapacity,
    ProposalLapsed,
    ProposalWithdrawnHere,
    RejectedByAdministrator,
    Replaced,
    SlotTaken,
    Stated,
    TimeNotChangeable,
    TooFarAhead,
    TooLong,
    WaitingListOffer,
)
from services.policy.core.place import Place
from services.policy.core.wording import state_reason
from tests.unit.policy.factories import crowded, window

AT = window(24)  # Tue 02 Mar 2027, 09:00-10:00 in Berlin
CROWD = OverCapacity(capacity=8, people=9)
BEN = SlotTaken(reserved=AT, is_private=False, organizer="Ben")
PRIVATE = SlotTaken(reserved=AT, is_private=True)


FREE = window(25)
NO_ADVICE = ""
SHRUG = "Please change the request so that it fits, or choose another room."

REASONS: list[tuple[Explanation, str, str]] = [
    (
        AcceptedBeforeMapping(answered_at=AT.start),
        "The room had accepted this meeting before it was connected, so it was taken over as it was.",
        "Please change the request so that it fits, or choose another room.",
    ),
    (
        NotAnswered(end=AT.end),
        "The meeting was over before the room could answer it, so it was not answered.",
        "Please change the request so that it fits, or choose another room.",
    ),
    (
        IsASeries(),
        "Recurring meetings cannot be booked here yet. Please invite the room to each date separately.",
        NO_ADVICE,
    ),
    (
        OverCapacity(capacity=1, people=2),
        "Aurora holds 1 person and 2 are expected.",
        "Please choose a larger room, or invite fewer people.",
    ),
    (
        crowded(1, 2),
        "Aurora holds 1 person and 2 are expected.",
        "Please choose a room of another size, or change how many people come.",
    ),
    (HasNoLength(), "A booking has to last some time, and this one ends as it begins.", "Please give it a length."),
    (
        TooLong(most_days=366, days=400),
        "A booking may last 366 days at most, and this one lasts 400 days.",
        "Please ask for a shorter time.",
    ),
    (
        TooLong(most_days=366, days=366),
        "A booking may last 366 days at most, and this one is longer.",
        "Please ask for a shorter time.",
    ),
    (
        IsOver(end=AT.end),
        "The time asked for is over since Tue 02 Mar 2027, 10:00 (Europe/Berlin).",
        "Please choose a time to come.",
    ),
    (
        TooFarAhead(most_days=3653, start=datetime(2039, 1, 3, 8, tzinfo=UTC)),
        "A booking may be made 10 years ahead at most, and this one starts on Mon 03 Jan 2039, 09:00 (Europe/Berlin).",
        "Please choose an earlier date, or ask again when it is nearer.",
    ),
    (
        BEN,
        "It is taken by Ben, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin).",
        "The next free time of this room is Tue 02 Mar 2027, 10:00-11:00 (Europe/Berlin).",
    ),
    (
        PRIVATE.model_copy(update={"organizer": "Ben"}),
        "It is taken, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin).",
        "The next free time of this room is Tue 02 Mar 2027, 10:00-11:00 (Europe/Berlin).",
    ),
    (AllowedByAdministrator(reason="Open day"), "An administrator allowed an exception: Open day.", SHRUG),
    (
        HeldByInvitation(fields=("title", "attendee_count")),
        (
            "This reservation belongs to a meeting in Outlook, so only its organizer can change its title and number "
            "of people, and only there. You can change its time here, or cancel it; the organizer is told."
        ),
        NO_ADVICE,
    ),
    (
        TimeNotChangeable(why="being_moved"),
        "Outlook is being brought to the time that was set last. Please ask again in a moment.",
        NO_ADVICE,
    ),
    (
        ProposalLapsed(proposed=AT),
        (
            "The organizer did not move the meeting to Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin) in time, so it "
            "stays as it is."
        ),
        SHRUG,
    ),
    (
        ProposalWithdrawnHere(proposed=AT),
        "The proposal to move the meeting to Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin) was withdrawn.",
        SHRUG,
    ),
    (
        HasEnded(status="cancelled", reserved=AT),
        (
            "This reservation, for Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), is cancelled and cannot be changed "
            "any more. Make a new one instead."
        ),
        NO_ADVICE,
    ),
    (MeetingCancelled(), "The meeting was cancelled, or the room was taken off it.", SHRUG),
    (MeetingGone(), "The meeting is no longer on the room's calendar.", SHRUG),
    (NoLongerBlocks(), "The event on the room's calendar no longer blocks this time.", SHRUG),
    (
        KeptLongEnough(),
        "The room was kept without an invitation for as long as it may be after a refused change.",
        SHRUG,
    ),
    (MovedToThePast(), "The meeting was moved to a time that is already over.", SHRUG),
    (CancelledByAdministrator(), "The booking of Aurora was cancelled by an administrator.", SHRUG),
    (
        CancelledByAdministrator(comment="A pipe burst!"),
        "The booking of Aurora was cancelled by an administrator. A pipe burst!",
        SHRUG,
    ),
    (
        KeptInConflict(keep="ledger", comment="The board was first"),
        (
            "The room had been given to two at once, and an administrator decided to keep what else was booked at this "
            "time. The board was first."
        ),
        "Please choose another room or another time, or ask the administrator.",
    ),
    (
        KeptInConflict(keep="outlook"),
        "The room had been given to two at once, and an administrator decided to keep this meeting.",
        "Please choose another room or another time, or ask the administrator.",
    ),
    (ApprovedByAdministrator(), "An administrator approved this booking.", SHRUG),
    (
        ApprovedByAdministrator(comment="Mind the paint"),
        "An administrator approved this booking. Mind the paint.",
        SHRUG,
    ),
    (
        ApprovedAtDeadline(deadline=AT.start),
        "Nobody had decided by Tue 02 Mar 2027, 09:00 (Europe/Berlin), so it is approved.",
        SHRUG,
    ),
    (
        RejectedByAdministrator(),
        "An administrator did not approve this booking.",
        "Please choose another room or another time, or ask the administrator.",
    ),
    (
        RejectedByAdministrator(comment="The hall is being painted."),
        "An administrator did not approve this booking. The hall is being painted.",
        "Please choose another room or another time, or ask the administrator.",
    ),
    (
        NotApprovedInTime(deadline=AT.start),
        "No administrator approved this booking by Tue 02 Mar 2027, 09:00 (Europe/Berlin).",
        "Please choose another room or another time, or ask the administrator.",
    ),
    (Replaced(), "The meeting was made recurring, or single again, and its new times are booked anew.", SHRUG),
    (
        WaitingListOffer(until=AT.start),
        "This time is held for whoever is next on the waiting list, until Tue 02 Mar 2027, 09:00 (Europe/Berlin).",
        SHRUG,
    ),
    (
        WaitingListOffer(until=AT.start, became="lapsed"),
        "This time was offered from the waiting list, and was not taken before the offer ended.",
        SHRUG,
    ),
    (
        OnDate(window=AT, why=CROWD),
        "Tue 02 Mar 2027: Aurora holds 8 people and 9 are expected.",
        "Please choose a larger room, or invite fewer people.",
    ),
    (Stated(rule="capacity", message="It is too small."), "It is too small.", SHRUG),
]


@pytest.mark.parametrize(("why", "sentence", "advice"), REASONS)
def test_what_a_reason_says_and_what_would_help(why: Explanation, sentence: str, advice: str) -> None:
    place = Place("Aurora", "Europe/Berlin")
    instead = Alternatives(FREE if would_another_time_help((why,)) else None)

    assert state_reason(why, place).message == sentence
    assert " ".join(advise((why,), instead, place)) == advice


def test_every_explanation_is_in_the_table() -> None:
    union, _ = get_args(explanations.Explanation)

    assert {type(why) for why, *_ in REASONS} == set(get_args(union))
