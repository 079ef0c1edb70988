"""What decisions promise, whatever happens in Outlook and in whatever order one hears of it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from libs.contracts.values import Answer, Attendee, Meeting, Observation, Outcome, Person, Window
from services.policy.core.availability import Buffers, find_left
from services.policy.core.changes import NoteMeeting
from services.policy.core.explanations import NotAnswered
from services.policy.core.ledger import Reservation
from services.policy.core.space import Space
from services.policy.core.standing import Standing
from tests.property.policy_model import Model, overlapping
from tests.unit.policy.factories import NOW, ROOM, SPACE, space, stated

WINDOWS = [
    Window(start=NOW + timedelta(minutes=start), end=NOW + timedelta(minutes=start + length))
    for start in (-180, -30, 60, 75, 90, 120, 180)
    for length in (15, 60)
]
AHEAD = [each for each in WINDOWS if each.end > NOW]
SPACES = [
    space(),
    space(refused_edit="propose_original"),
    space(edits_organizer_events=True),
    space(setup=timedelta(minutes=15), cleanup=timedelta(minutes=30)),
]
GUESTS = tuple(Attendee(address=f"p{number}@example.org") for number in range(12))
ORGANIZERS = st.just("organizer")
ANYBODY = st.sampled_from(["organizer", "organizer", "room", "nobody knows"])
INVITED = [Answer.NOT_RESPONDED, Answer.ACCEPTED, Answer.TENTATIVE, Answer.DECLINED]


def observations(
    uids: list[str], windows: list[Window], *, guests: int = 12, made_by: st.SearchStrategy[str] = ORGANIZERS
) -> st.SearchStrategy[Observation]:
    """Draw what a room calendar holds under one of these keys; `at` is put in afterwards.

    It is an invitation, unless it is `made_by` somebody on the room's own calendar, or cannot be read.
    """
    people = st.sampled_from([GUESTS[:count] for count in (0, 3, guests)])
    meetings = st.builds(
        _meeting,
        at=st.sampled_from(windows),
        event_id=st.sampled_from(["event-1", "event-2"]),
        subject=st.sampled_from(["Planning", "Retrospective", "", "Ada"]),
        answer=st.sampled_from(INVITED),
        attendees=people,
        is_cancelled=st.sampled_from([False, False, False, True]),
        is_private=st.booleans(),
        made_by=made_by,
    )
    return st.tuples(st.sampled_from(uids), st.one_of(st.none(), meetings)).map(_observation)


def _meeting(at: Window, made_by: str, **drawn: Any) -> Meeting:
    organizer = Person(address="ada@example.org", name="Ada")
    of_whom: dict[str, dict[str, Any]] = {
        "organizer": {"organizer": organizer},
        "room": {"organizer": Person(address=ROOM), "is_room_owned": True, "answer": Answer.ORGANIZER},
        "nobody knows": {"organizer": None, "is_unreadable": True, "answer": Answer.ORGANIZER},
    }
    return Meeting(**{"ical_uid": "", "start": at.start, "end": at.end, **drawn, **of_whom[made_by]})


def _observation(drawn: tuple[str, Meeting | None]) -> Observation:
    uid, found = drawn
    seen = found.model_copy(update={"ical_uid": uid, "event_id": f"{uid}-{found.event_id}"}) if found else None
    return Observation(space_id=SPACE, room_mailbox=ROOM, ical_uid=uid, observed_at=NOW, meeting=seen)


def in_order(history: list[Observation]) -> list[Observation]:
    """Stamp a history: a minute apart, the last of it a minute ago."""
    first = NOW - timedelta(minutes=len(history))
    return [
        each.model_copy(update={"observed_at": first + timedelta(minutes=number)})
        for number, each in enumerate(history)
    ]


@given(
    room=st.sampled_from(SPACES),
    history=st.lists(observations(["a", "b"], WINDOWS, made_by=ANYBODY), min_size=1, max_size=8),
    settles=st.lists(st.booleans(), min_size=8, max_size=8),
)
def test_deciding_twice_on_the_same_facts_changes_nothing_more(
    room: Space, history: list[Observation], settles: list[bool]
) -> None:
    model = Model(room, NOW)
    for each, is_settled in zip(in_order(history), settles, strict=False):
        model.observe(each)
        before = dict(model.reservations), dict(model.intents), list(model.audit)

        again = model.observe(each)

        assert all(isinstance(change, NoteMeeting) for change in again.changes), again
        assert (model.reservations, model.intents, model.audit) == before
        if is_settled:
            model.settle(each.observed_at)


@given(
    room=st.sampled_from(SPACES),
    history=st.lists(observations(["a", "b", "c"], WINDOWS, made_by=ANYBODY), max_size=12),
)
def test_no_two_live_reservations_overlap(room: Space, history: list[Observation]) -> None:
    model = Model(room, NOW)

    for each in in_order(history):
        model.observe(each)

        assert overlapping(model.taken()) == []


@given(
    room=st.sampled_from(SPACES),
    history=st.lists(observations(["a", "b", "c"], AHEAD, made_by=ANYBODY), max_size=12),
)
def test_whatever_the_room_owns_takes_its_time_in_the_ledger(room: Space, history: list[Observation]) -> None:
    """Once it was seen last, all of its time is taken, by itself or by others."""
    model = Model(room, NOW)
    in_turn = in_order(history)
    for each in in_turn:
        model.observe(each)
    last = {each.ical_uid: each.meeting for each in in_turn}

    for number, (uid, seen) in enumerate(last.items(), 1):
        at = NOW + timedelta(seconds=number)
        model.observe(Observation(space_id=SPACE, room_mailbox=ROOM, ical_uid=uid, observed_at=at, meeting=seen))
        if seen is not None and seen.is_room_owned and not seen.is_cancelled:
            assert find_left(seen.window, Buffers(timedelta(0), timedelta(0)), model.taken(), [SPACE], None) == {}


@st.composite
def deliveries(draw: st.DrawFn, windows: list[Window], guests: int) -> tuple[list[Observation], list[Observation]]:
    """Draw a history, and the same with some lost, some repeated, in any order, and its last observation at the end."""
    history = in_order(draw(st.lists(observations(["a"], windows, guests=guests), min_size=1, max_size=8)))
    heard = draw(st.lists(st.sampled_from(history), max_size=12))
    return history, [*heard, history[-1]]


@given(drawn=deliveries(AHEAD, guests=5), settles=st.lists(st.booleans(), min_size=13, max_size=13))
def test_whatever_was_heard_before_the_last_word_counts(
    drawn: tuple[list[Observation], list[Observation]], settles: list[bool]
) -> None:
    """Where nothing is refused, nothing but the last observation shows, once it is seen with nothing in flight."""
    history, heard = drawn
    model, only_last = Model(SPACES[0], NOW), Model(SPACES[0], NOW)
    newest = NOW - timedelta(days=1)
    for each, is_settled in zip(heard, settles, strict=False):
        model.observe(each)
        newest = max(newest, each.observed_at)
        if is_settled:
            model.settle(newest)
    model.settle(newest)
    model.now = NOW + timedelta(minutes=5)
    model.observe(history[-1].model_copy(update={"observed_at": model.now}))

    only_last.observe(history[-1])

    assert [each.window for each in model.live()] == [each.window for each in only_last.live()]
    assert [each.attendee_count for each in model.live()] == [each.attendee_count for each in only_last.live()]
    if only_last.live():
        assert model.standing_of("a") is Standing.ACCEPTED


@given(room=st.sampled_from(SPACES), drawn=deliveries(WINDOWS, guests=12))
def test_what_comes_late_is_as_if_it_had_been_lost(
    room: Space, drawn: tuple[list[Observation], list[Observation]]
) -> None:
    """Refusals depend on what was booked before; that is the same whether an old observation comes late or never.

    An absence that decides nothing yet makes no observation before it old.
    """
    _, heard = drawn
    model, in_time = Model(room, NOW), Model(room, NOW)
    newest = NOW - timedelta(days=1)
    for each in heard:
        model.observe(each)
        if each.observed_at > newest and in_time.observe(each).changes:
            newest = each.observed_at

    assert model == in_time


@given(
    room=st.sampled_from(SPACES),
    before=st.lists(observations(["a", "b"], WINDOWS), min_size=1, max_size=4),
    after=st.lists(observations(["a", "b"], WINDOWS), max_size=6),
)
def test_what_is_over_stays_as_it_was(room: Space, before: list[Observation], after: list[Observation]) -> None:
    model = Model(room, NOW - timedelta(hours=4))
    history = in_order([*before, *after])
    for each in history[: len(before)]:
        model.observe(each)
        model.settle(each.observed_at)
    model.now = NOW
    over = {key: _unremarked(each) for key, each in model.reservations.items() if each.ends_at <= NOW}

    for each in history[len(before) :]:
        model.observe(each)

    assert {key: _unremarked(model.reservations[key]) for key in over} == over


def _unremarked(each: Reservation) -> Reservation:
    """Leave out what may still be said of a reservation that is over: that it was not answered, or has a successor."""
    reasons = tuple(why for why in each.reasons if not isinstance(why, NotAnswered))
    return replace(each, reasons=reasons, has_successor=False, version=0, updated_at=each.created_at)


@given(history=st.lists(observations(["a", "b"], WINDOWS), max_size=8), room=st.sampled_from(SPACES))
def test_every_decline_says_why(room: Space, history: list[Observation]) -> None:
    model = Model(room, NOW)
    for each in in_order(history):
        model.observe(each)
        for record in model.audit:
            assert record.outcome is Outcome.ACCEPT or all(reason.message for reason in stated(record.reasons))
            assert record.outcome is Outcome.ACCEPT or record.reasons


@settings(max_examples=50)
@given(history=st.lists(observations(["a", "b"], WINDOWS), max_size=8), room=st.sampled_from(SPACES))
def test_a_private_meeting_is_never_named(room: Space, history: list[Observation]) -> None:
    secret = [
        each.model_copy(update={"meeting": each.meeting.model_copy(update={"is_private": True, "subject": "Layoffs"})})
        if each.meeting
        else each
        for each in history
    ]
    model = Model(room, NOW)
    for each in in_order(secret):
        model.observe(each)

    assert "Layoffs" not in str((model.reservations, model.intents, model.audit, model.meetings))
