"""Past requests judged again by a draft: what it refuses, and what follows from that for those who asked later."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.values import Outcome
from services.policy.core.availability import Taken
from services.policy.core.evaluate import evaluate
from services.policy.core.ledger import Slice
from services.policy.core.policies.durations import MaximumDuration
from services.policy.core.policies.policy import RULES, Policy
from services.policy.core.policies.rule import Booking
from services.policy.core.policies.usage import Concurrency
from services.policy.core.replaying import OtherOutcome, Past, PastDecision, as_if_it_bit, concerns, replay_all
from services.policy.core.request import Request
from services.policy.core.snapshot import JudgedDecision, PolicyVersion, take_snapshot
from services.policy.core.verdict import Accept, NeedsApproval
from tests.unit.policy.factories import CAPACITY, NOW, SPACE, space, window
from tests.unit.policy.policies.factories import EVERYWHERE, GROUP, HERE, IN_GROUP, policy

ADA, BEN = "ada@example.org", "ben@example.org"
SHORT = policy(MaximumDuration(minutes=60))
ONE_A_DAY = policy(RULES.validate_python({"kind": "quota", "limit": 1, "measure": "bookings", "per": "day"}))
ELSEWHERE = UUID(int=77)


@dataclass
class History:
    """A ledger of some spaces in which requests are decided as they come, and written down as the audit does."""

    policies: list[Policy] = field(default_factory=lambda: [CAPACITY])
    written: list[PastDecision] = field(default_factory=list)
    booked: dict[UUID, tuple[str, Booking]] = field(default_factory=dict)

    def ask(
        self,
        hours: float,
        minutes: int = 60,
        who: str = ADA,
        *,
        where: UUID = SPACE,
        own: UUID | None = None,
    ) -> UUID:
        """Ask for a window, or with `own` for a change of that booking; return the id of the booking."""
        before = self._judged(own) if own is not None else None
        asked = Request(window(hours, minutes), 2, who, own=own, before=before)
        ledger = self._slice(asked, where)
        verdict = evaluate(asked, ledger)
        made = own or UUID(int=1000 + len(self.written))
        granted = isinstance(verdict, Accept | NeedsApproval)
        outcome = Outcome.ACCEPT if isinstance(verdict, Accept) else Outcome.DECLINE
        if isinstance(verdict, NeedsApproval):
            outcome = Outcome.TENTATIVE
        self._write(asked, ledger, verdict, outcome, where, made if granted or own is not None else None)
        if granted:
            ends = asked.window.end
            self.booked[made] = (who, Booking(made, where, frozenset({GROUP}), asked.window.start, ends))
        return made

    def cancel(self, booked: UUID, *, is_told: bool = True) -> None:
        """Cancel a booking: by a request, or without any, as when its meeting is gone."""
        who, booking = self.booked.pop(booked)
        past = PastDecision(
            len(self.written), self._at(), booking.space_id, frozenset({GROUP}), booked, None, who, None
        )
        if not is_told:
            self.written.append(past)
            return
        judged = Request(window(0), 2, who).judged
        asked = Request(judged.window, 2, who, own=booked, before=judged, is_overridden=True, is_cancellation=True)
        ledger = self._slice(asked, booking.space_id)
        self._write(asked, ledger, evaluate(asked, ledger), "cancelled", booking.space_id, booked)

    def replay(self, draft: Policy, since: int = 0, replaces: UUID | None = None) -> list[OtherOutcome]:
        """Judge it again by a draft, from the decision with this number on."""
        begins = self.written[since].at if since < len(self.written) else NOW
        past = Past(as_if_it_bit(draft), begins, replaces)
        known = {PolicyVersion(id=each.id, version=each.version): each for each in self.policies}
        return replay_all(past, self.written, known.__getitem__)

    def outcomes(self) -> list[Any]:
        return [each.judged.outcome for each in self.written if each.judged is not None]

    def _at(self) -> Any:
        return NOW + timedelta(minutes=len(self.written))

    def _judged(self, own: UUID) -> Any:
        who, booking = self.booked[own]
        window_of = replace(Request(window(0), 2, who)).judged.window
        at = window_of.model_copy(update={"start": booking.starts_at, "end": booking.ends_at})
        return Request(at, 2, who).judged

    def _slice(self, asked: Request, where: UUID) -> Slice:
        taken = [
            Taken(each.reservation_id, each.starts_at, each.ends_at, "", False, None, each.starts_at, each.ends_at,
                  frozenset(), False)
            for _, each in self.booked.values()
            if each.space_id == where
        ]  # fmt: skip
        mine = [each for who, each in self.booked.values() if who == asked.organizer]
        return Slice(
            now=self._at(),
            space=space(id=where),
            meeting=None,
            reservation=None,
            intent=None,
            hold=None,
            taken=taken,
            policies=[each for each in self.policies if each.attach.id in {None, GROUP, where}],
            bookings=mine,
        )

    def _write(self, asked: Request, ledger: Slice, verdict: Any, outcome: Any, where: UUID, own: UUID | None) -> None:
        judged = JudgedDecision(
            outcome=outcome,
            reasons=getattr(verdict, "reasons", ()),
            warnings=verdict.warnings,
            policies=verdict.judged_by,
            judged=asked.judged,
            snapshot=take_snapshot(asked, ledger),
        )
        number, groups = len(self.written), frozenset({GROUP})
        self.written.append(PastDecision(number, ledger.now, where, groups, own, None, asked.organizer, judged))


def which(differences: Sequence[OtherOutcome]) -> list[tuple[int, str]]:
    return [(each.past.id, each.became) for each in differences]


def test_a_draft_declines_what_breaks_it_and_says_why() -> None:
    history = History()
    history.ask(24, 120)
    history.ask(30, 60)

    [found] = history.replay(SHORT)

    assert (found.past.id, found.became, found.by_draft) == (0, "declined", True)
    assert found.window == window(24, 120)
    assert [each.kind for each in found.reasons] == ["broken_rule"]


def test_a_quota_counts_only_what_the_draft_itself_accepted() -> None:
    history = History([CAPACITY, policy(Concurrency(spaces=9))])
    for hour in (24, 26, 28):
        history.ask(hour)
    history.ask(24, who=BEN, where=ELSEWHERE)

    assert which(history.replay(ONE_A_DAY)) == [(1, "declined"), (2, "declined")]


def test_a_booking_that_was_cancelled_counts_no_more() -> None:
    for is_told in (True, False):
        history = History()
        history.cancel(history.ask(24), is_told=is_told)
        history.ask(26)

        assert history.replay(ONE_A_DAY) == []


def test_what_a_draft_leaves_free_goes_to_who_was_declined_for_it() -> None:
    history = History()
    history.ask(24, 120, ADA)
    history.ask(24, 60, BEN)
    history.ask(24.5, 60, BEN)

    assert history.outcomes() == ["accept", "decline", "decline"]
    assert which(history.replay(SHORT)) == [(0, "declined"), (1, "accepted")]


def test_a_change_of_what_was_refused_is_asked_for_anew() -> None:
    history = History()
    made = history.ask(24, 120)
    history.ask(24, 60, own=made)
    history.ask(24, 180, own=made)

    assert which(history.replay(SHORT)) == [(0, "declined"), (2, "declined")]


def test_the_end_of_what_was_refused_never_came_up() -> None:
    history = History()
    history.cancel(history.ask(24, 120))

    assert which(history.replay(SHORT)) == [(0, "declined")]


def test_what_was_booked_before_counts_and_is_not_judged() -> None:
    history = History()
    history.ask(24, 120)
    history.ask(28, 60)

    assert which(history.replay(ONE_A_DAY, since=1)) == [(1, "declined")]
    assert history.replay(SHORT, since=1) == []


def test_a_draft_that_asks_for_approval_declines_nothing() -> None:
    history = History()
    history.ask(24, 120)

    assert which(history.replay(SHORT.model_copy(update={"effect": "approve"}))) == [(0, "asked")]


def test_a_warning_or_a_shadow_is_judged_as_if_it_bit() -> None:
    history = History()
    history.ask(24, 120)

    for effect in ("warn", "shadow", "deny"):
        assert which(history.replay(SHORT.model_copy(update={"effect": effect}))) == [(0, "declined")]


def test_a_draft_in_place_of_a_rule_lets_in_what_that_rule_declined() -> None:
    strict = policy(MaximumDuration(minutes=30))
    history = History([strict])
    history.ask(24, 60)

    assert history.outcomes() == ["decline"]
    assert history.replay(SHORT) == []
    assert which(history.replay(SHORT, replaces=strict.id)) == [(0, "accepted")]


def test_a_draft_judges_only_where_it_is_attached() -> None:
    history = History()
    history.ask(24, 120)
    elsewhere = replace(history.written[0], space_id=ELSEWHERE, group_ids=frozenset())

    assert all(concerns(each, history.written[0]) for each in (EVERYWHERE, IN_GROUP, HERE))
    assert [concerns(each, elsewhere) for each in (EVERYWHERE, IN_GROUP, HERE)] == [True, False, False]


asked_for = st.tuples(
    st.integers(24, 30),
    st.sampled_from([30, 60, 90]),
    st.sampled_from([ADA, BEN]),
    st.sampled_from([SPACE, ELSEWHERE]),
)
drafts = st.sampled_from([SHORT, ONE_A_DAY, policy(Concurrency(spaces=1)), policy(MaximumDuration(minutes=30), HERE)])


@given(st.lists(asked_for, max_size=12), drafts)
def test_a_replay_finds_what_would_have_been_decided_with_the_rule_in_force(
    wishes: list[tuple[int, int, str, UUID]], draft: Policy
) -> None:
    without, with_it = History(), History([CAPACITY, draft])
    for hours, minutes, who, where in wishes:
        for each in (without, with_it):
            each.ask(hours, minutes, who, where=where)

    differ = {each.past.id: each.became for each in without.replay(draft)}

    said = {"declined": "decline", "accepted": "accept", "asked": "tentative"}
    replayed = [said[differ[at]] if at in differ else was for at, was in enumerate(without.outcomes())]
    assert replayed == with_it.outcomes()


@given(st.lists(asked_for, max_size=12))
def test_a_draft_that_nothing_breaks_changes_nothing(wishes: list[tuple[int, int, str, UUID]]) -> None:
    history = History([CAPACITY, ONE_A_DAY])
    for hours, minutes, who, where in wishes:
        history.ask(hours, minutes, who, where=where)

    assert history.replay(policy(MaximumDuration(minutes=500))) == []
