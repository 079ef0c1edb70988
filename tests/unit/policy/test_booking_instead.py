"""Which declines come with a link, and how the link is said."""

from uuid import UUID

import pytest

from services.policy.core.advice import say_links
from services.policy.core.alternatives import NO_ALTERNATIVES, Alternatives, FreeSpace
from services.policy.core.booking_instead import DeclinedMeeting, find_link, may_wait
from services.policy.core.explanations import Explanation, IsASeries, RejectedByAdministrator, SlotTaken
from services.policy.core.letters import write_letter
from services.policy.core.links import LinkPurpose
from services.policy.core.notices import Booked, Declined, Notice
from tests.unit.policy.factories import BOOKED, ELSEWHEN, NOW, RESERVATION, answer, crowded, judged, ledger, space

TAKEN = SlotTaken(reserved=BOOKED, is_private=False, organizer="Ben")
CROWD = crowded(8, 9)
OTHER_ROOM = Alternatives(spaces=(FreeSpace(UUID(int=6), "Borealis", 8),))
LATER = Alternatives(next_free=ELSEWHEN)
LISTED = space(waiting_list=True)


@pytest.mark.parametrize(
    ("notice", "instead", "listed", "found"),
    [
        (Declined(reasons=(TAKEN,)), OTHER_ROOM, False, (True, False)),
        (Declined(reasons=(TAKEN,)), LATER, False, (True, False)),
        (Declined(reasons=(TAKEN,)), NO_ALTERNATIVES, True, (True, True)),
        (Declined(reasons=(TAKEN,)), NO_ALTERNATIVES, False, (False, False)),
        (Declined(reasons=(TAKEN, CROWD)), LATER, True, (False, False)),
        (Declined(reasons=(CROWD,)), OTHER_ROOM, True, (True, False)),
        (Declined(reasons=(RejectedByAdministrator(),)), NO_ALTERNATIVES, True, (False, False)),
        (Booked(), OTHER_ROOM, True, (False, False)),
    ],
)
def test_a_decline_has_a_link_if_something_can_be_done_by_it(
    notice: Notice, instead: Alternatives, listed: bool, found: tuple[bool, bool]
) -> None:
    slice_ = ledger(space=LISTED if listed else space())

    link = find_link(answer("declined", notice=notice), slice_, judged(), instead, RESERVATION)

    assert (link is not None, link is not None and link[1]) == found
    if link is not None:
        assert link[0].purpose is LinkPurpose.BOOK_INSTEAD
        assert (link[0].about, link[0].person) == (RESERVATION, "ada@example.org")
        assert link[0].expires_at == BOOKED.start


def test_what_nobody_can_book_for_has_no_link() -> None:
    declined = answer("declined", notice=Declined(reasons=(TAKEN,)))
    for asked in (judged(organizer=None), judged(is_series=True), judged(BOOKED)):
        late = ledger(now=BOOKED.start if asked == judged(BOOKED) else NOW)
        assert find_link(declined, late, asked, OTHER_ROOM, RESERVATION) is None
    assert find_link(declined, ledger(), judged(), OTHER_ROOM, None) is None


@pytest.mark.parametrize(
    ("reasons", "may"),
    [((TAKEN,), True), ((TAKEN, CROWD), False), ((CROWD,), False), ((IsASeries(),), False), ((), False)],
)
def test_one_waits_only_for_what_others_have(reasons: tuple[Explanation, ...], may: bool) -> None:
    assert may_wait(reasons) is may


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        (Alternatives(next_free=ELSEWHEN, url="https://x"), "On this page you can book something instead: https://x"),
        (
            Alternatives(next_free=ELSEWHEN, url="https://x", may_wait=True),
            "On this page you can book something instead or wait for this time in case it becomes free: https://x",
        ),
        (
            Alternatives(url="https://x", may_wait=True),
            "On this page you can wait for this time in case it becomes free: https://x",
        ),
    ],
)
def test_what_can_be_done_by_the_link_is_said_beside_it(instead: Alternatives, said: str) -> None:
    assert say_links(instead) == [said]


def test_the_link_is_the_last_that_is_said() -> None:
    instead = Alternatives(next_free=ELSEWHEN, url="https://x")

    letter = write_letter(answer("declined", notice=Declined(reasons=(TAKEN,))), ledger(), instead)

    assert letter.text.endswith(". On this page you can book something instead: https://x")


def test_what_is_booked_instead_has_one_id_for_each_time_that_was_declined() -> None:
    first = DeclinedMeeting(RESERVATION, BOOKED, "uid-1", is_private=False)
    again = DeclinedMeeting(RESERVATION, BOOKED, "uid-1", is_private=False)
    moved = DeclinedMeeting(RESERVATION, ELSEWHEN, "uid-1", is_private=False)

    assert first.booked_as == again.booked_as
    assert first.booked_as != moved.booked_as
