"""What decisions about recurring meetings promise, whatever organizers do to two series and a meeting of one room."""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from hypothesis import example, given
from hypothesis import strategies as st

from libs.contracts.values import Answer, Meeting, Observation, Occurrence, Person, SeriesListing
from services.policy.core.changes import NoteMeeting
from services.policy.core.policies.approval import Approval
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.policies.series import Series
from services.policy.core.space import Space
from services.policy.core.standing import Standing
from tests.property.policy_model import Model, overlapping
from tests.property.test_policy_decisions import SPACES
from tests.unit.policy.factories import CAPACITY, NOW, ROOM, SPACE

SKIPPING = Policy(
    id=CAPACITY.id,
    version=1,
    rule=Series(allowed=True, on_conflict="skip_conflicts"),
    attach=Attachment(scope="all"),
)
ASKING = Policy(
    id=UUID(int=20),
    version=1,
    rule=Approval(when="always", approvers=("grace@example.org",)),
    attach=Attachment(scope="all"),
)
ADA = Person(address="ada@example.org", name="Ada")
DAYS = 4


@dataclass(frozen=True, slots=True)
class Seen:
    """What a calendar shows of a series: its time of day, how often it comes, which dates were changed or left out."""

    uid: str
    hour: float
    every: int
    gone: frozenset[int]
    moved: tuple[tuple[int, float], ...]
    is_single: bool = False
    is_cancelled: bool = False

    def meeting(self, shown: Answer, own: dict[date, Answer]) -> Meeting:
        """Return the master, with its occurrences as they show the room's answers."""
        start = NOW + timedelta(days=1, hours=self.hour)
        moved = dict(self.moved)
        occurrences = []
        for number in range(DAYS):
            planned = start + timedelta(days=number * self.every)
            at = planned + timedelta(hours=moved.get(number, 0))
            answer = own.get(planned.date(), Answer.NOT_RESPONDED if number in moved else shown)
            occurrences.append(
                Occurrence(
                    original_date=planned.date(),
                    event_id=f"{self.uid}-{number}",
                    start=at,
                    end=at + timedelta(hours=1),
                    answer=answer,
                    is_exception=number in moved,
                    subject="Planning",
                )
            )
        kept = tuple(each for number, each in enumerate(occurrences) if number not in self.gone)
        pattern = {"type": "daily", "interval": self.every}
        listing = SeriesListing(
            recurrence={"pattern": pattern, "range": {"type": "numbered", "numberOfOccurrences": DAYS}},
            time_zone="UTC",
            occurrences=kept,
        )
        return Meeting(
            event_id=f"{self.uid}-master",
            ical_uid=self.uid,
            start=start,
            end=start + timedelta(hours=1),
            subject="Planning",
            organizer=ADA,
            answer=shown,
            is_series=not self.is_single,
            is_cancelled=self.is_cancelled,
            series=None if self.is_single or self.is_cancelled else listing,
        )


SEEN = st.builds(
    Seen,
    uid=st.sampled_from(["a", "b"]),
    hour=st.sampled_from([0.0, 0.5, 2.0]),
    every=st.sampled_from([1, 2]),
    gone=st.frozensets(st.integers(0, DAYS - 1), max_size=2),
    moved=st.dictionaries(st.integers(0, DAYS - 1), st.sampled_from([0.5, 2.0, 3.0]), max_size=2).map(
        lambda moved: tuple(moved.items())
    ),
    is_single=st.sampled_from([False, False, False, True]),
    is_cancelled=st.sampled_from([False, False, False, False, True]),
)


def shown_by(model: Model, uid: str) -> tuple[Answer, dict[date, Answer]]:
    """Return what the calendar shows once Outlook has followed: of the series, and of dates answered by themselves."""
    known = model.meetings.get(uid)
    whole = known.standing.shows_as if known is not None and known.standing is not None else Answer.NOT_RESPONDED
    own = {
        key.original_date: each.standing.shows_as
        for key, each in model.date_meetings.items()
        if key.ical_uid == uid and key.original_date is not None and each.standing is not None
    }
    return whole, own


def observe(model: Model, seen: Seen, at: datetime, *, is_followed: bool) -> Observation:
    """Have a model observe what a calendar shows; if Outlook has followed, with the answers that were decided."""
    whole, own = shown_by(model, seen.uid) if is_followed else (Answer.NOT_RESPONDED, {})
    meeting = seen.meeting(whole, own)
    observation = Observation(space_id=SPACE, room_mailbox=ROOM, ical_uid=seen.uid, observed_at=at, meeting=meeting)
    model.observe(observation)
    return observation


def model_of(room: Space, *, skips: bool) -> Model:
    return Model(room, NOW, policies=(SKIPPING,) if skips else ())


@given(room=st.sampled_from(SPACES), skips=st.booleans(), history=st.lists(SEEN, min_size=1, max_size=8))
def test_no_two_dates_overlap_whatever_the_series_do(room: Space, skips: bool, history: list[Seen]) -> None:
    model = model_of(room, skips=skips)

    for number, each in enumerate(history):
        model.now = NOW + timedelta(minutes=number)
        observe(model, each, model.now, is_followed=number % 2 == 0)
        model.settle(model.now)

        assert overlapping(model.taken()) == []


RULINGS = st.sampled_from([None, None, True, False])
"""What administrators say after an observation: nothing, yes or no."""


@given(
    room=st.sampled_from(SPACES),
    skips=st.booleans(),
    asks_from=st.integers(0, 3),
    history=st.lists(st.tuples(SEEN, RULINGS), min_size=1, max_size=8),
)
def test_nothing_overlaps_whatever_administrators_decide_about_series_that_are_changed(
    room: Space, skips: bool, asks_from: int, history: list[tuple[Seen, bool | None]]
) -> None:
    model = model_of(room, skips=skips)

    for number, (each, ruling) in enumerate(history):
        if number == asks_from:
            model.policies = (*model.policies, ASKING)
        model.now = NOW + timedelta(minutes=number)
        observation = observe(model, each, model.now, is_followed=number % 2 == 0)
        assert overlapping(model.taken()) == []
        ledger = model.slice_of(observation)
        asked = [ledger.question, *(known.question for known in ledger.dates.values())]
        for question in asked:
            if ruling is not None and question is not None and model.questions[question.id].state == "pending":
                model.rule(question, observation, is_approved=ruling)
                assert overlapping(model.taken()) == []
        model.settle(model.now)
        waits = [one for one in model.questions.values() if one.state == "pending" and one.change is not None]
        assert {one.group_id for one in waits} <= {one.id for one in model.groups.values() if one.status == "confirmed"}


@given(room=st.sampled_from(SPACES), skips=st.booleans(), history=st.lists(SEEN, min_size=1, max_size=6))
def test_a_change_that_waits_is_decided_once(room: Space, skips: bool, history: list[Seen]) -> None:
    model = model_of(room, skips=skips)
    for number, each in enumerate(history):
        model.now = NOW + timedelta(minutes=number)
        observe(model, each, model.now, is_followed=False)
        model.policies = (*((SKIPPING,) if skips else ()), ASKING)
        model.settle(model.now)
        model.now += timedelta(seconds=30)
        before = dict(model.questions), list(model.audit)

        observe(model, each, model.now, is_followed=True)

        known = model.meetings[each.uid]
        if known.standing is Standing.CHANGE_AWAITS_APPROVAL:
            assert (dict(model.questions), list(model.audit)) == before


ALONE = Seen("a", hour=0.0, every=1, gone=frozenset(), moved=())
BACK_ON_ITS_PATTERN = [
    ALONE,
    Seen("b", hour=2.0, every=1, gone=frozenset(), moved=()),
    replace(ALONE, moved=((0, 2.0),)),
    replace(ALONE, every=2),
]
"""A date is moved into the way of another series, which is refused; then it is back, and its own series changes."""


@example(room=SPACES[0], skips=False, history=BACK_ON_ITS_PATTERN)
@example(room=SPACES[0], skips=True, history=BACK_ON_ITS_PATTERN)
@example(room=SPACES[1], skips=False, history=BACK_ON_ITS_PATTERN)
@example(room=SPACES[1], skips=True, history=BACK_ON_ITS_PATTERN)
@given(room=st.sampled_from(SPACES), skips=st.booleans(), history=st.lists(SEEN, min_size=1, max_size=6))
def test_deciding_twice_on_the_same_facts_changes_nothing_more(room: Space, skips: bool, history: list[Seen]) -> None:
    model = model_of(room, skips=skips)
    for number, each in enumerate(history):
        model.now = NOW + timedelta(minutes=number)
        observation = observe(model, each, model.now, is_followed=False)
        before = dict(model.reservations), dict(model.intents), list(model.audit), dict(model.groups)

        again = model.observe(observation)

        assert all(isinstance(change, NoteMeeting) for change in again.changes), again
        assert (model.reservations, model.intents, model.audit, model.groups) == before


@given(room=st.sampled_from(SPACES), skips=st.booleans(), history=st.lists(SEEN, min_size=1, max_size=6))
def test_what_is_accepted_is_booked_as_the_calendar_shows_it(room: Space, skips: bool, history: list[Seen]) -> None:
    """Once Outlook has followed, the dates of an accepted series that show accepted are what the ledger holds."""
    model = model_of(room, skips=skips)
    for number, each in enumerate(history):
        model.now = NOW + timedelta(hours=number) / 100
        observe(model, each, model.now, is_followed=False)
        for _ in range(2):
            model.settle(model.now)
            model.now += timedelta(minutes=1) / 2
            observe(model, each, model.now, is_followed=True)
        known = model.meetings[each.uid]
        if each.is_single or each.is_cancelled or known.standing is not Standing.ACCEPTED:
            continue
        whole, own = shown_by(model, each.uid)
        listing = each.meeting(whole, own).series
        assert listing is not None
        shown = {one.original_date: one.window for one in listing.occurrences if one.answer is Answer.ACCEPTED}
        live = {one.original_date: one.window for one in model.live() if one.ical_uid == each.uid}
        assert shown.items() <= live.items(), (shown, live)
        declined = {one.original_date for one in listing.occurrences if one.answer is Answer.DECLINED}
        kept = {one.original_date for one in model.live() if one.refused_request is not None}
        assert not (declined & live.keys()) - kept
        assert live.keys() <= {one.original_date for one in listing.occurrences}


@given(room=st.sampled_from(SPACES), history=st.lists(SEEN, min_size=1, max_size=6))
def test_a_refused_change_never_costs_a_date(room: Space, history: list[Seen]) -> None:
    """A series that was booked keeps each of its dates until the organizer takes it away."""
    model = model_of(room, skips=False)
    for number, each in enumerate(history):
        model.now = NOW + timedelta(minutes=number)
        before = {(one.ical_uid, one.original_date): one.window for one in model.live()}
        observe(model, each, model.now, is_followed=True)
        model.settle(model.now)
        after = {(one.ical_uid, one.original_date): one.window for one in model.live()}
        others = {key: window for key, window in before.items() if key[0] != each.uid}
        assert others.items() <= after.items()
        known = model.meetings[each.uid]
        is_series = not each.is_single and not each.is_cancelled
        if is_series and known.standing is Standing.PROPOSES_ORIGINAL and known.reservation_id is None:
            assert after == before
