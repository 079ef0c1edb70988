"""What a service may count on when it sends a command about reservations, however often, badly or many at once."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import uuid4

import orjson
import pytest

from deploy.driver.eventually import eventually
from libs.common.bus.port import Envelope, ReplyAddress
from libs.contracts.intents import KeepHold
from libs.contracts.keys import ReservationKey
from libs.contracts.message import Message
from libs.contracts.reservation_commands import (
    CancelReservation,
    ChangeReservation,
    CheckReservation,
    RequestReservation,
    ReservationCancellationRefused,
    ReservationChangeDone,
    ReservationChangeRefused,
    ReservationCheckRefused,
    ReservationRequestDone,
    ReservationRequestRefused,
)
from services.policy.commands.policies import create_policy
from services.policy.core.policies.policy import Exemptions
from services.policy.store import slices
from tests.integration.policy.acting import ADMINISTRATOR
from tests.integration.policy.asking import granted
from tests.integration.policy.commanding import ask, book, cancel, change, request
from tests.integration.policy.ledger import Ledger, meeting, window
from tests.integration.policy.replying import replied, replying, sent
from tests.integration.policy.rules import at_space, wanted

REQUEST = {"start": "2027-03-01T09:00:00Z", "end": "2027-03-01T10:00:00Z", "title": "Board"}
BY = {"address": "grace@example.org"}


async def received(ledger: Ledger, asker: ReplyAddress, *envelopes: Envelope) -> list[Envelope]:
    """Send these, then in the same shard a command that is refused; return what was replied before that."""
    last = sent(ledger, CheckReservation(space_id=uuid4(), by=BY, **REQUEST), asker.name, "last")
    await ledger.bus.publish([*envelopes, replace(last, shard=envelopes[0].shard)])
    found: list[Envelope] = []
    while not found or found[-1].correlation_id != "last":
        found.append(await asyncio.wait_for(asker.receive(), 20))
    return found[:-1]


async def test_a_command_that_comes_twice_acts_once_and_is_replied_to_once(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        once = sent(ledger, request(room, window(9)), asker.name, "once")
        await ledger.bus.publish([once, once])
        first = await asyncio.wait_for(asker.receive(), 20)
        then = await ask(ledger, asker, request(room, window(9)))

    assert (first.correlation_id, first.type) == ("once", ReservationRequestDone.type)
    assert isinstance(then, ReservationRequestRefused)
    assert await ledger.windows(room) == [window(9)]


async def test_one_of_many_who_ask_for_a_slot_at_once_gets_it_and_each_other_is_told_why_not(
    ledger: Ledger, database: str
) -> None:
    hall = await ledger.room()
    other = await ledger.room(parts=[hall])
    asked = [request(each, window(9)) for each in (hall, other) * 5]
    async with replying(ledger, database) as asker:
        await ledger.bus.publish([sent(ledger, each, asker.name) for each in asked])
        replies = [await replied(ledger, asker) for _ in asked]

    assert [type(each) for each in replies].count(ReservationRequestDone) == 1
    refused = [each for each in replies if isinstance(each, ReservationRequestRefused)]
    assert {(each.status, each.reasons[0].rule) for each in refused} == {(409, "availability")}
    assert len(refused) == len(asked) - 1


async def test_a_command_is_carried_out_although_nobody_waits_and_what_follows_leaves_the_live_lane_to_people(
    ledger: Ledger,
) -> None:
    room = await ledger.room()
    await ledger.deliver(request(room, window(9)))

    [row] = await ledger.reservations(room)
    assert isinstance(await ledger.wanted(ReservationKey(room.id, row["id"])), KeepHold)
    owed = await ledger.pool.fetch("SELECT type, lane FROM outbox WHERE strpos(body, $1) > 0", str(room.id))
    assert {(each["type"], each["lane"]) for each in owed} == {
        ("intent.issued.v2", "bulk"),
        ("reservation.confirmed.v1", "bulk"),
    }


async def test_a_command_that_has_to_wait_keeps_nobody_elses_meeting_waiting(ledger: Ledger) -> None:
    room = await ledger.room()
    shard = ledger.codec.topology.shard_of(str(room.id))
    other = await ledger.room()
    while ledger.codec.topology.shard_of(str(other.id)) != shard:
        other = await ledger.room()
    async with ledger.pool.acquire() as conn, conn.transaction():
        await slices.lock_space(conn, room.id)
        waiting = await ledger.publish(request(room, window(9)))
        await ledger.observe(other, meeting(window(9)))
        assert await ledger.windows(other) == [window(9)]
        assert await ledger.windows(room) == []
    await ledger.handled(waiting)
    assert await ledger.windows(room) == [window(9)]


@pytest.mark.parametrize("exempt", [True, False])
async def test_a_policy_that_exempts_commands_does_not_judge_them(ledger: Ledger, database: str, exempt: bool) -> None:
    room = await ledger.room()
    rules: list[dict[str, Any]] = [
        {"kind": "maximum_duration", "minutes": 60},
        {"kind": "change_cut_off", "cancel_minutes": 7 * 24 * 60},
    ]
    channels = Exemptions(channels=("command",) if exempt else ("api",))
    async with replying(ledger, database) as asker:
        booked = await book(ledger, asker, room, window(9))
        for rule in rules:
            policy = replace(wanted(rule, at_space(room.id)), exempt=channels)
            now = await ledger.now()
            await granted(ledger, lambda conn: create_policy(conn, policy, now, by=ADMINISTRATOR))  # noqa: B023
        longer = await ask(ledger, asker, change(booked, end=window(9, 11).end))
        new = await ask(ledger, asker, request(room, window(13, 15)))
        gone = await ask(ledger, asker, cancel(booked))

    assert isinstance(longer, ReservationChangeDone) is exempt
    assert isinstance(new, ReservationRequestDone) is exempt
    assert isinstance(gone, ReservationCancellationRefused) is not exempt


@pytest.mark.parametrize(
    ("kind", "reply", "body", "fields"),
    [
        (RequestReservation, ReservationRequestRefused, b"{", ["body"]),
        (RequestReservation, ReservationRequestRefused, b"\xff\xfe", ["body"]),
        (RequestReservation, ReservationRequestRefused, b"[" * 100_000, ["body"]),
        (RequestReservation, ReservationRequestRefused, [], ["body"]),
        (RequestReservation, ReservationRequestRefused, {}, ["space_id", "start", "end", "title", "by"]),
        (RequestReservation, ReservationRequestRefused, {**REQUEST, "start": "tomorrow"}, ["start"]),
        (RequestReservation, ReservationRequestRefused, {**REQUEST, "start": "2027-03-01T09:00:00"}, ["start"]),
        (RequestReservation, ReservationRequestRefused, {**REQUEST, "title": "x" * 1_000_000}, ["title"]),
        (RequestReservation, ReservationRequestRefused, {**REQUEST, "title": "a\x00b"}, ["title"]),
        (RequestReservation, ReservationRequestRefused, {**REQUEST, "unheard_of": "a\x00b"}, ["body"]),
        (RequestReservation, ReservationRequestRefused, {**REQUEST, "attendee_count": "3"}, ["attendee_count"]),
        (
            RequestReservation,
            ReservationRequestRefused,
            {**REQUEST, "organizer": {"email": "Ada"}},
            ["organizer.email"],
        ),
        (RequestReservation, ReservationRequestRefused, {**REQUEST, "by": {"address": "<b>"}}, ["by.address"]),
        (ChangeReservation, ReservationChangeRefused, {"title": None}, ["title", "reservation_id"]),
        (ChangeReservation, ReservationChangeRefused, {"reservation_id": 7, "expected_version": "1"}, None),
        (CancelReservation, ReservationCancellationRefused, {"comment": "x" * 2001}, ["comment", "reservation_id"]),
        (CheckReservation, ReservationCheckRefused, {**REQUEST, "end": 7}, ["end"]),
    ],
)
async def test_a_command_that_cannot_be_read_is_refused_with_its_fields_and_nothing_of_their_values(
    ledger: Ledger, database: str, kind: type[Message], reply: type[Message], body: Any, fields: list[str] | None
) -> None:
    room = await ledger.room()
    if isinstance(body, dict) and body:
        body = {"space_id": str(room.id), "by": BY, **body}
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    async with replying(ledger, database) as asker:
        garbage = replace(sent(ledger, request(room, window(9)), asker.name, "bad"), type=kind.type, body=content)
        [refused] = await received(ledger, asker, garbage, garbage)

    told: Any = ledger.codec.message(refused)
    assert (type(told), told.status, refused.correlation_id) == (reply, 422, "bad")
    assert fields is None or [each.field for each in told.errors] == fields
    assert all(each.field in told.detail for each in told.errors)
    assert len(told.detail) < 1000
    assert await ledger.bus.parked() == []
    assert await ledger.windows(room) == []


async def test_a_command_that_cannot_be_read_and_asks_for_no_reply_is_parked(ledger: Ledger) -> None:
    room = await ledger.room()
    garbage = replace(sent(ledger, request(room, window(9)), None), body=b"{}")
    await ledger.bus.publish([garbage])

    async def is_parked() -> None:
        assert [each.envelope.message_id for each in await ledger.bus.parked()] == [garbage.message_id]

    await eventually(is_parked)
    await ledger.bus.drop_parked(lambda each: each.envelope.message_id == garbage.message_id)
