"""Whatever is decided, the audit holds all that it takes to decide the same again."""

from collections.abc import Iterable
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import orjson
from hypothesis import given
from hypothesis import strategies as st

from libs.contracts.values import Observation, Window
from services.policy.core.back_office import (
    CancellationRequest,
    ReservationRequest,
    decide_cancellation,
    decide_request,
)
from services.policy.core.changes import Record
from services.policy.core.forgetting import Json, find_organizers, is_pseudonym, with_organizers, without_people
from services.policy.core.ledger import Slice
from services.policy.core.policies.policy import (
    RULES,
    Attachment,
    Dates,
    Effect,
    Exemptions,
    Policy,
    Role,
    addresses_in,
)
from services.policy.core.policies.rule import Booking
from services.policy.core.snapshot import JudgedDecision, replay, take_snapshot
from services.policy.core.space import Space
from services.policy_listing import EXAMPLES
from tests.property.policy_model import Model
from tests.property.test_policy_decisions import ANYBODY, SPACES, WINDOWS, in_order, observations
from tests.unit.policy.factories import NOW, OTHER, ledger, reservation, space, taken, window

ROOMS = [*SPACES, space(own_domains=frozenset({"elsewhere.example"}))]
EFFECTS: list[Effect] = ["deny", "approve", "warn", "shadow"]
EXEMPT = [
    Exemptions(),
    Exemptions(addresses=("ada@example.org",)),
    Exemptions(roles=("service",)),
    Exemptions(channels=("api",)),
]
STRICT = [
    {"kind": "quota", "limit": 1, "measure": "bookings", "per": "future"},
    {"kind": "concurrency", "spaces": 1},
    {"kind": "who_may_book", "external": "no"},
    {"kind": "who_may_book", "addresses": ["ada@example.org"]},
]
"""Policies that more requests break than those of the documentation."""

ROLES: list[Role] = ["viewer", "approver", "admin", "service"]


@st.composite
def policies(draw: st.DrawFn) -> tuple[Policy, ...]:
    """Draw some policies, of whatever kinds."""
    examples = [{**each["parameters"], "kind": kind} for kind, each in EXAMPLES.items()]
    rules = draw(st.lists(st.sampled_from([*examples, *STRICT]), max_size=6))
    return tuple(
        Policy(
            id=UUID(int=number),
            version=draw(st.integers(1, 3)),
            rule=RULES.validate_python(rule),
            attach=Attachment(scope="all"),
            effect=draw(st.sampled_from(EFFECTS)),
            exempt=draw(st.sampled_from(EXEMPT)),
            dates=draw(st.sampled_from([Dates(), Dates(until=NOW.date())])),
        )
        for number, rule in enumerate(rules, 1)
    )


def check(records: Iterable[Record], decided_on: Slice) -> None:
    """Write each decision as the store writes it, read it again, and decide again."""
    for record in records:
        if record.asked is None:
            continue
        snapshot = take_snapshot(record.asked, decided_on)
        written = {
            "outcome": record.outcome,
            "reasons": [each.model_dump(mode="json") for each in record.reasons],
            "warnings": [each.model_dump(mode="json") for each in record.warnings],
            "policies": [each.model_dump(mode="json") for each in record.policies],
            "judged": record.judged.model_dump(mode="json"),
            "snapshot": snapshot.model_dump(mode="json", exclude_defaults=True),
        }
        read = JudgedDecision.model_validate(orjson.loads(orjson.dumps(written)))
        kept = {(each.id, each.version): each for each in decided_on.policies}

        verdict = replay(read.judged, read.snapshot, lambda each: kept[each.id, each.version])  # noqa: B023

        assert read.follows_from(verdict), (record, verdict)
        check_without_people(orjson.loads(orjson.dumps(written)), list(kept.values()))


def check_without_people(written: Json, policies: list[Policy]) -> None:
    """Take the people out of a decision as it is written, and decide again."""
    forgotten = without_people(written, {each: pseudonym(each) for each in find_organizers(written)})
    assert all(map(is_pseudonym, find_organizers(forgotten)))
    read = JudgedDecision.model_validate(forgotten)
    named = {address: pseudonym(address) for policy in policies for address in addresses_in(policy)}
    asked = with_organizers(read, named)
    kept = {(each.id, each.version): each for each in policies}

    verdict = replay(asked.judged, asked.snapshot, lambda each: kept[each.id, each.version])

    assert read.follows_from(verdict), (read, verdict)


def pseudonym(address: str) -> str:
    return f"person-{sha256(address.encode()).hexdigest()[:24]}@{address.rpartition('@')[2]}"


@given(
    room=st.sampled_from(ROOMS),
    rules=policies(),
    history=st.lists(observations(["a", "b", "c"], WINDOWS, made_by=ANYBODY), min_size=1, max_size=8),
)
def test_what_outlook_asked_for_can_be_judged_again(
    room: Space, rules: tuple[Policy, ...], history: list[Observation]
) -> None:
    model = Model(room, NOW, policies=rules)
    for each in in_order(history):
        # Two decisions about one meeting are never at the same time, and a question is known by when it was asked.
        model.now += timedelta(microseconds=1)
        decided_on = model.slice_of(each)
        decision = model.observe(each)
        check((change for change in decision.changes if isinstance(change, Record)), decided_on)


@given(
    room=st.sampled_from(ROOMS),
    rules=policies(),
    at=st.sampled_from(WINDOWS),
    people=st.integers(0, 12),
    organizer=st.sampled_from([None, "ada@example.org", "ben@elsewhere.example"]),
    reason=st.sampled_from([None, "the dean asked"]),
    role=st.sampled_from(ROLES),
    others=st.lists(st.sampled_from(WINDOWS), max_size=3),
    is_taken=st.booleans(),
)
def test_what_the_back_office_asked_for_can_be_judged_again(
    room: Space,
    rules: tuple[Policy, ...],
    at: Window,
    people: int,
    organizer: str | None,
    reason: str | None,
    role: Role,
    others: list[Window],
    is_taken: bool,
) -> None:
    bookings = [Booking(UUID(int=n), OTHER, frozenset(), one.start, one.end) for n, one in enumerate(others, 50)]
    in_the_way = (taken(at), taken(window(24 * 7), is_private=True)) if is_taken else ()
    decided_on = ledger(space=room, policies=rules, bookings=bookings, taken=in_the_way)
    request = ReservationRequest(
        room.id, at.start, at.end, "Board", None, organizer, people, reason, roles=frozenset({role})
    )
    ruling = decide_request(request, decided_on, UUID(int=7))
    check((each for each in ruling.decision.changes if isinstance(each, Record)), decided_on)

    booked = reservation(at, organizer_address=organizer, attendee_count=people)
    wanted = CancellationRequest(override_reason=reason, roles=frozenset({role}))
    ruling = decide_cancellation(booked, wanted, ledger(space=room, policies=rules, reservation=booked))
    check((each for each in ruling.decision.changes if isinstance(each, Record)), decided_on)
