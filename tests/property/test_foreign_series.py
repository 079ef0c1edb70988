"""What decisions about series on a room's own calendar promise, whatever is done to them beside invitations."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.values import Answer, Meeting, Observation, Window
from services.policy.core.changes import Decision, NoteMeeting, Want
from services.policy.core.space import Space
from tests.property.policy_model import Model, overlapping
from tests.property.test_policy_decisions import SPACES
from tests.property.test_series_decisions import SEEN, Seen, observe
from tests.unit.policy.factories import NOW, ROOM, SPACE

OWN = {"is_room_owned": True, "answer": Answer.ORGANIZER, "organizer": None}
INVITED = st.builds(
    Seen,
    uid=st.sampled_from(["c", "d"]),
    hour=st.sampled_from([0.0, 0.5, 1.5, 24.5]),
    every=st.just(1),
    gone=st.just(frozenset[int]()),
    moved=st.just(()),
    is_single=st.just(True),
    is_cancelled=st.booleans(),
)
STEPS = st.lists(st.tuples(st.booleans(), SEEN, INVITED), min_size=1, max_size=8)


def foreign(seen: Seen) -> Meeting:
    """Return what somebody made on the room's own calendar."""
    shown = seen.meeting(Answer.ORGANIZER, {}).model_copy(update=OWN)
    if shown.series is None:
        return shown
    dates = tuple(each.model_copy(update={"answer": Answer.ORGANIZER}) for each in shown.series.occurrences)
    return shown.model_copy(update={"series": shown.series.model_copy(update={"occurrences": dates})})


def look(model: Model, seen: Meeting) -> Decision:
    return model.observe(
        Observation(space_id=SPACE, room_mailbox=ROOM, ical_uid=seen.ical_uid, observed_at=model.now, meeting=seen)
    )


def windows_of(seen: Meeting) -> list[Window]:
    if seen.is_cancelled:
        return []
    return [seen.window] if seen.series is None else [each.window for each in seen.series.occurrences]


def is_blocked(model: Model, window: Window) -> bool:
    """Whether no part of a window is free."""
    start = window.start
    for each in model.taken():
        if each.starts_at <= start < each.ends_at:
            start = each.ends_at
    return start >= window.end


@given(room=st.sampled_from(SPACES), steps=STEPS)
def test_whatever_is_busy_on_the_rooms_own_calendar_is_blocked_and_nobody_is_answered(
    room: Space, steps: list[tuple[bool, Seen, Seen]]
) -> None:
    model = Model(room, NOW)
    shown: dict[str, Meeting] = {}
    for number, (is_own, own, invited) in enumerate(steps):
        model.now = NOW + timedelta(minutes=number)
        if not is_own:
            observe(model, invited, model.now, is_followed=False)
            continue
        shown[own.uid] = foreign(own)
        for _ in range(2):
            decision = look(model, shown[own.uid])
            assert not any(isinstance(each, Want) for each in decision.changes)
            assert overlapping(model.taken()) == []
        assert all(is_blocked(model, each) for each in windows_of(shown[own.uid]))
    for seen in shown.values():
        look(model, seen.model_copy(update={"is_cancelled": True, "series": None}))
    assert not [each for each in model.live() if each.ical_uid in shown]


@given(room=st.sampled_from(SPACES), steps=STEPS)
def test_what_is_seen_again_changes_nothing(room: Space, steps: list[tuple[bool, Seen, Seen]]) -> None:
    model = Model(room, NOW)
    for number, (is_own, own, invited) in enumerate(steps):
        model.now = NOW + timedelta(minutes=number)
        if not is_own:
            observe(model, invited, model.now, is_followed=False)
            continue
        # The first look may still find in the way what leaves with it.
        for _ in range(2):
            look(model, foreign(own))

        again = look(model, foreign(own))

        assert all(isinstance(each, NoteMeeting) for each in again.changes), again
