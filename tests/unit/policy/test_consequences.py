"""What is said of a decision beforehand is what is decided then."""

from dataclasses import replace

import pytest

from services.policy.core.approvals.consequences import WhatIsAsked, find_what_is_asked, say_consequences
from services.policy.core.approvals.deciding import approve, reject
from services.policy.core.ledger import Slice
from services.policy.core.space import Space
from tests.unit.policy.approving import GRACE, waiting
from tests.unit.policy.factories import answered, space, wants
from tests.unit.policy.test_deciding import held_here, question_of


def asked_of(slice_: Slice, rivals: int = 0) -> WhatIsAsked:
    return find_what_is_asked(question_of(slice_), slice_, rivals)


def test_an_invitation_is_accepted_or_declined_as_is_said() -> None:
    slice_ = waiting()

    said = say_consequences(asked_of(slice_))

    assert "the room accepts the invitation" in said.approval[1]
    assert answered(approve(question_of(slice_), slice_, None, GRACE)).answer == "accepted"
    assert "the room declines the invitation" in said.rejection[1]
    assert answered(reject(question_of(slice_), slice_, None, GRACE)).answer == "declined"


@pytest.mark.parametrize("edits", [True, False])
def test_the_room_is_taken_off_the_organizers_event_if_that_is_said(*, edits: bool) -> None:
    slice_ = replace(waiting(), space=replace(space(), edits_organizer_events=edits))

    said = say_consequences(asked_of(slice_))

    assert ("The room is taken off the organizer's event." in said.rejection[1]) is edits
    takes_off = answered(reject(question_of(slice_), slice_, None, GRACE)).takes_room_off
    assert (takes_off is not None) is edits


def test_a_hold_leaves_the_calendar_as_is_said() -> None:
    slice_ = held_here()

    said = say_consequences(asked_of(slice_))

    assert "an event of its own on the room's calendar shows the booking" in said.approval[1]
    assert "the event that holds the time leaves the room's calendar" in said.rejection[1]
    assert {goal.want for goal in wants(reject(question_of(slice_), slice_, None, GRACE)).values()} == {"no_hold"}


def test_without_a_mailbox_nothing_is_said_to_change_in_outlook() -> None:
    unmapped: Space = replace(space(), room_mailbox=None)

    said = say_consequences(asked_of(replace(waiting(), space=unmapped)))

    assert said.approval[1] == said.rejection[1] == "The space has no room mailbox, so nothing changes in Outlook."


def test_a_change_of_what_is_booked_leaves_it_or_moves_it() -> None:
    slice_ = waiting()
    assert slice_.reservation is not None
    changing = replace(slice_, reservation=replace(slice_.reservation, status="confirmed"))

    said = say_consequences(asked_of(changing))

    assert said.approval[0].startswith("The booking will be changed")
    assert said.rejection[0] == "The booking will stay as it is."


@pytest.mark.parametrize(
    ("asked", "approval", "rejection"),
    [
        (WhatIsAsked("change", "invitation", refused_as="moved_back"), "accepts", "is moved back to what is booked"),
        (WhatIsAsked("change", "invitation", refused_as="proposed"), "accepts", "proposes the time that is booked"),
        (WhatIsAsked("change", "invitation", refused_as="declined"), "accepts", "declines the changed meeting"),
        (WhatIsAsked("change", "hold", is_held=True), "an event of its own", "Nothing changes"),
        (WhatIsAsked("booking", "hold"), "an event of its own", "Nothing changes"),
        (WhatIsAsked("booking", "unchanging"), "Nothing changes", "Nothing changes"),
        (WhatIsAsked("move", "invitation", edits_organizer_event=True), "is moved on its organizer's", "Nothing"),
        (WhatIsAsked("move", "invitation"), "is proposed to the organizer", "Nothing changes"),
    ],
)
def test_each_kind_of_question_has_its_own_consequences(asked: WhatIsAsked, approval: str, rejection: str) -> None:
    said = say_consequences(asked)

    assert approval in said.approval[1]
    assert rejection in said.rejection[1]


@pytest.mark.parametrize(
    ("rivals", "sentence"),
    [
        (1, "The other request that competes for the same time will be declined, and whoever made it is told."),
        (2, "2 other requests that compete for the same time will be declined, and whoever made them is told."),
    ],
)
def test_what_gives_way_is_said_too(rivals: int, sentence: str) -> None:
    assert say_consequences(asked_of(waiting(), rivals)).approval[2] == sentence
    assert len(say_consequences(asked_of(waiting())).approval) == 2
