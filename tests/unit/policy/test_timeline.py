"""What is on record about a reservation, in order and in words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import uuid4

import pytest

from libs.contracts.approvals import QuestionState
from libs.contracts.messages import DriftKind, IntentProblem, Settlement
from libs.contracts.values import Actor, ActorKind, NotificationTaken, Outcome
from services.policy.core.place import Place
from services.policy.core.timeline import telling
from services.policy.core.timeline.entries import TimelineEntry, tell_timeline
from services.policy.core.timeline.record import (
    HealedDrift,
    RecordedDecision,
    RecordedStep,
    RoomAgreement,
    Subject,
    TimelineRecord,
)
from services.policy.core.timeline.steps import (
    AnsweredQuestion,
    AskedAdministrators,
    Observed,
    SettledIntent,
    StepFacts,
)

NOW = datetime(2027, 3, 1, 9, tzinfo=UTC)
PLACE = Place("Aurora", "Europe/Berlin")
ADA = Actor(kind=ActorKind.ORGANIZER, subject="ada@example.org", name="Ada")
GRACE = Actor(kind=ActorKind.ADMINISTRATOR, subject="tenant:grace", name="Grace")
WHOSE = Subject(uuid4(), uuid4(), "uid", None, None, NOW + timedelta(days=2), is_live=True, place=PLACE)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def decision(at: float = 2, *, by: Actor = ADA, chain: str | None = "post.1", **different: object) -> RecordedDecision:
    usual = RecordedDecision(1, after(at), Outcome.ACCEPT, (), (), (), chain, by, is_of_series=False)
    return replace(usual, **different)  # type: ignore[arg-type]


def step(facts: StepFacts, at: float, *, chain: str | None = "post.1", **different: object) -> RecordedStep:
    usual = RecordedStep(1, after(at), facts, chain, ADA, is_of_series=False)
    return replace(usual, **different)  # type: ignore[arg-type]


def notified(*seconds: float) -> tuple[NotificationTaken, ...]:
    return tuple(
        NotificationTaken(received_at=after(each), correlation_id=f"post.{number}")
        for number, each in enumerate(seconds, start=1)
    )


def seen(*seconds: float, count: int | None = None, **different: object) -> Observed:
    taken = notified(*seconds)
    usual = Observed(is_present=True, notified=taken, notifications=count or len(taken))
    return usual.model_copy(update=different)


def settled(**different: object) -> SettledIntent:
    usual = SettledIntent(
        generation=1,
        settlement=Settlement.DONE,
        has_written=True,
        settled_at=after(3),
        want="answer",
        answer="accepted",
    )
    return usual.model_copy(update=different)


def told(*decisions: RecordedDecision, steps: Sequence[RecordedStep] = (), **more: object) -> list[TimelineEntry]:
    record = TimelineRecord(decisions, tuple(steps))
    return tell_timeline(WHOSE, replace(record, **more))  # type: ignore[arg-type]


def names(entries: Sequence[TimelineEntry]) -> list[str]:
    return [each.step.value for each in entries]


def test_steps_come_in_the_order_in_which_they_happened() -> None:
    found = told(decision(), steps=[step(settled(), 4, id=2), step(seen(0, 0.5), 1, id=1)])

    assert names(found) == ["notified", "notified", "read", "decided", "written", "settled"]


def test_what_has_one_time_is_told_from_the_cause_to_what_follows() -> None:
    about = uuid4()
    found = told(
        decision(2, by=GRACE),
        steps=[
            step(AskedAdministrators(approval_id=about), 2, id=1),
            step(AnsweredQuestion(approval_id=uuid4(), state="superseded"), 2, id=2, chain="other"),
        ],
    )

    assert names(found) == ["requested", "answered", "decided", "asked"]


def test_a_notification_comes_before_the_read_that_answers_it_whatever_its_clock_says() -> None:
    [told_of, read] = told(steps=[step(seen(30), 1)])

    assert (told_of.step.value, read.step.value) == ("notified", "read")
    assert (told_of.at, told_of.sorted_at) == (after(30), after(1))


def test_notifications_beyond_those_that_are_known_are_counted() -> None:
    found = told(steps=[step(seen(0, 0, count=7), 1)])

    assert [each.message for each in found[:2]] == [
        "Outlook told us that the meeting had changed.",
        "Outlook told us that the meeting had changed. So did 5 more notifications.",
    ]


def test_who_decides_an_approval_has_not_requested_anything() -> None:
    answer = AnsweredQuestion(approval_id=uuid4(), state="approved")
    found = told(decision(2, by=GRACE, chain="call"), steps=[step(answer, 2, chain="call", actor=GRACE)])

    assert names(found) == ["answered", "decided"]
    assert found[0].message == "Grace, an administrator, approved it."


def test_a_series_that_was_read_for_another_date_is_not_told() -> None:
    read_for_other = step(seen(0), 1, chain="other", is_of_series=True)
    read_for_this = step(seen(0), 1, chain="post.1", is_of_series=True, id=2)

    found = told(decision(), steps=[read_for_other, read_for_this])

    assert {each.correlation_id for each in found} == {"post.1"}


def test_how_the_answer_to_a_series_ended_is_told_of_each_date() -> None:
    found = told(decision(), steps=[step(settled(), 4, chain="roll-forward-1", is_of_series=True)])

    assert names(found) == ["decided", "written", "settled"]


def test_a_drift_that_is_gone_is_told_where_its_correction_led_to_something() -> None:
    drift = HealedDrift(1, DriftKind.MISSING_IN_LEDGER, after(0), after(90), "sweep-1")
    of_another = replace(drift, drift_id=2, correlation_id="sweep-2")

    found = told(decision(chain="sweep-1"), healed=(drift, of_another))

    assert names(found) == ["decided", "healed"]
    assert found[1].message == (
        "A later comparison found the difference gone, 90 seconds after it was found: "
        "the meeting was on the room's calendar and not booked."
    )


@pytest.mark.parametrize(
    ("agreed_at", "is_live", "is_told"),
    [(after(60), True, True), (after(1), True, False), (after(60), False, False), (after(3 * 86400), True, False)],
)
def test_the_last_agreement_of_the_room_counts_if_it_came_after_all_else_and_before_the_end(
    agreed_at: datetime, *, is_live: bool, is_told: bool
) -> None:
    record = TimelineRecord((decision(),), agreement=RoomAgreement(agreed_at, "sweep-9"))

    found = tell_timeline(replace(WHOSE, is_live=is_live), record)

    assert ("compared" in names(found)) is is_told


def test_every_step_in_words_is_a_sentence() -> None:
    said = [
        telling.say_notified(0),
        telling.say_notified(1),
        *(telling.say_observed(seen(drift=each)) for each in DriftKind),
        *(telling.say_observed(seen(0, is_present=each)) for each in (True, False)),
        telling.say_observed(seen()),
        *(telling.say_decided(decision(outcome=each), PLACE) for each in (*Outcome, "cancelled")),
        *(telling.say_requested(decision(), is_first=each) for each in (True, False)),
        telling.say_asked(AskedAdministrators(approval_id=uuid4()), PLACE),
        telling.say_asked(AskedAdministrators(approval_id=uuid4(), deadline_at=NOW), PLACE),
        *(
            telling.say_answered(AnsweredQuestion(approval_id=uuid4(), state=each), GRACE)
            for each in get_args(QuestionState)
        ),
        *(telling.say_written(settled(want=each)) for each in ("answer", "move_back", "hold", "no_hold", None)),
        *(
            telling.say_settled(settled(settlement=end, has_written=wrote, problem=problem))
            for end in Settlement
            for wrote in (True, False)
            for problem in (*IntentProblem, None)
        ),
        *(telling.say_actor(Actor(kind=each)) + " acted." for each in ActorKind),
    ]

    assert [each for each in said if not (each[0].isupper() and each.endswith(".") and "None" not in each)] == []
