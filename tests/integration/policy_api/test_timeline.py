"""The timeline of a reservation: every step of both systems, each with its time, correlation id and actor."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from libs.common.clock import utc_now
from libs.common.retention import forget_old
from libs.common.topology import Lane
from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.message import Message
from libs.contracts.messages import (
    CorrectionRequested,
    DriftKind,
    IntentProblem,
    IntentSettled,
    MeetingObserved,
    Settlement,
)
from libs.contracts.values import Meeting, NotificationTaken
from services.policy.store.retention import retentions
from tests.integration.policy.ledger import (
    Ledger,
    Room,
    again,
    answered,
    meeting,
    on_dates,
    open_ledger,
    recurring,
    window,
)
from tests.integration.policy_api.asking import do_what_is_due, pass_deadline
from tests.integration.policy_api.world import World, assert_problem

Json = dict[str, Any]


@pytest.fixture(scope="module")
async def ledger(world: World, database: str) -> AsyncIterator[Ledger]:
    """The handlers of policy on the ledger of the API; nothing carries its outbox anywhere."""
    async with open_ledger(database) as ledger:
        yield ledger


async def deliver(ledger: Ledger, message: Message, correlation_id: str) -> None:
    """Deliver a message under a correlation id, and wait until it was handled."""
    message_id = uuid4()
    envelope = ledger.codec.envelope(
        message, message_id=message_id, correlation_id=correlation_id, lane=Lane.LIVE, sent_at=utc_now()
    )
    await ledger.bus.publish([envelope])
    await ledger.handled([message_id])


async def observe(ledger: Ledger, room: Room, seen: Meeting | None, *ids: str, uid: str | None = None) -> None:
    """Deliver what a calendar held after the notifications of these correlation ids."""
    taken = await ledger.now() - timedelta(seconds=1)
    await deliver(
        ledger,
        MeetingObserved(
            space_id=room.id,
            observation=await ledger.observation(room, seen, uid),
            notified=tuple(NotificationTaken(received_at=taken, correlation_id=each) for each in ids),
            notifications=len(ids),
        ),
        ids[0],
    )


async def settle(ledger: Ledger, key: Key, correlation_id: str, generation: int = 1, **different: Any) -> None:
    """Say that an intent was written, unless something else is said."""
    usual = {"settlement": Settlement.DONE, "has_written": True, "settled_at": await ledger.now()}
    await deliver(ledger, IntentSettled(key=key, generation=generation, **{**usual, **different}), correlation_id)


async def timeline(world: World, reservation_id: UUID | str) -> list[Json]:
    answer = await world.call("GET", f"/v1/reservations/{reservation_id}/timeline", role="viewer")
    assert answer.status_code == 200, answer.text
    items: list[Json] = answer.json()["items"]
    return items


def steps(found: list[Json]) -> list[str]:
    return [each["step"] for each in found]


async def mapped(world: World) -> Json:
    """Make a mapped space; the rooms of the ledger have the mailboxes that the world would name next."""
    connection = await world.connection()
    return await world.space(room_mailbox=f"{uuid4().hex}@example.org", connection=connection["id"])


async def only(ledger: Ledger, room: Room) -> UUID:
    [row] = await ledger.reservations(room, "pending", "confirmed", "declined", "cancelled")
    found: UUID = row["id"]
    return found


async def test_an_invitation_is_told_from_its_notifications_to_the_calendar_that_shows_the_answer(
    world: World, ledger: Ledger
) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)

    await observe(ledger, room, seen, "post.1", "post.2")
    await settle(ledger, key, "post.1")
    await observe(ledger, room, again(seen, answer="accepted"), "echo.1")

    found = await timeline(world, await only(ledger, room))
    assert [(each["step"], each["correlation_id"]) for each in found] == [
        ("notified", "post.1"),
        ("notified", "post.2"),
        ("read", "post.1"),
        ("decided", "post.1"),
        ("written", "post.1"),
        ("settled", "post.1"),
        ("compared", "echo.1"),
    ]
    times = [datetime.fromisoformat(each["at"]) for each in found]
    assert times == sorted(times)
    ada = {"kind": "organizer", "subject": "ada@example.org", "name": "Ada"}
    assert [each["actor"] for each in found[:4]] == [ada, ada, {"kind": "system", "subject": None, "name": None}, ada]
    decided = found[3]
    assert decided["message"] == "The booking was accepted, and no rule spoke against it."
    assert decided["decision"]["outcome"] == "accept"
    assert [(each["kind"], each["version"], each["held"]) for each in decided["decision"]["policies"]] == [
        ("capacity", 1, True)
    ]
    assert found[4]["message"] == "The room's answer was written to Outlook: accepted."


async def test_a_refusal_is_told_with_its_reasons_in_words(world: World, ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await ledger.occupy(room, window(9))

    await observe(ledger, room, seen, "post.1")
    found = await ledger.pool.fetchrow("SELECT * FROM meetings WHERE space_id = $1", room.id)
    assert found is not None
    look = MeetingObserved(
        space_id=room.id,
        observation=await ledger.observation(room, seen),
        look_id=UUID(found["pending_look"]["look_id"]) if found["pending_look"] else None,
    )
    await deliver(ledger, look, "post.1")

    [declined] = await ledger.reservations(room, "declined")
    told = await timeline(world, declined["id"])
    assert steps(told)[-1] == "decided"
    decided = told[-1]
    assert decided["message"].startswith("What was asked for of the booking was declined: It is taken, ")
    assert [each["rule"] for each in decided["decision"]["reasons"]] == ["availability"]


async def test_a_thousand_echoes_leave_one_step(world: World, ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await observe(ledger, room, seen, "post.1")
    await settle(ledger, MeetingKey(room.id, seen.ical_uid), "post.1")
    for number in range(5):
        await observe(ledger, room, again(seen, answer="accepted"), f"echo.{number}")
    before = await ledger.pool.fetchval("SELECT count(*) FROM steps WHERE space_id = $1", room.id)

    for number in range(5, 10):
        await observe(ledger, room, again(seen, answer="accepted"), f"echo.{number}")

    assert await ledger.pool.fetchval("SELECT count(*) FROM steps WHERE space_id = $1", room.id) == before
    last = (await timeline(world, await only(ledger, room)))[-1]
    assert (last["step"], last["correlation_id"]) == ("compared", "echo.9")


async def test_a_booking_by_api_is_told_from_its_request_to_its_hold(world: World, ledger: Ledger) -> None:
    space = await mapped(world)
    made = await world.call(
        "POST",
        "/v1/reservations",
        {"space_id": space["id"], "start": window(9).start.isoformat(), "end": window(9).end.isoformat(), "title": "X"},
        x_correlation_id="request-0001",
    )
    assert made.status_code == 201, made.text
    reservation = made.json()
    key = ReservationKey(UUID(space["id"]), UUID(reservation["id"]))
    await settle(ledger, key, "request-0001", event_id="hold", ical_uid="hold-uid")

    found = await timeline(world, reservation["id"])

    assert steps(found) == ["requested", "decided", "written", "settled"]
    assert {each["correlation_id"] for each in found} == {"request-0001"}
    assert found[0]["actor"]["kind"] == "administrator"
    assert found[0]["message"].endswith("asked for this booking.")
    assert found[2]["message"] == "An event that holds the room was written to its calendar."


async def test_a_change_and_a_cancellation_by_api_are_told_as_such(world: World) -> None:
    space = await mapped(world)
    made = await world.reservation(space["id"], 9, 10)
    path = f"/v1/reservations/{made['id']}"
    assert (await world.call("PATCH", path, {"attendee_count": 3})).status_code == 200
    assert (await world.call("POST", f"{path}/cancel", {"comment": "Painted today."})).status_code == 200

    found = await timeline(world, made["id"])

    assert steps(found) == ["requested", "decided"] * 3
    said = [each["message"] for each in found]
    assert said[2].endswith("asked for a change of this booking.")
    assert said[4].endswith("asked for this booking to be cancelled.")
    assert said[5].startswith("The booking ended: ")
    assert said[5].endswith("Painted today.")


async def test_a_question_is_told_with_who_answered_it(world: World) -> None:
    space = await mapped(world)
    rule = {"when": "always", "approvers": ["grace@example.org"], "deadline_minutes": 60}
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "approval", "parameters": rule, "attach": attach})
    made = await world.reservation(space["id"], 9, 10)
    [question] = (await world.call("GET", f"/v1/approvals?reservation_id={made['id']}")).json()["items"]
    approved = await world.call(
        "POST", f"/v1/approvals/{question['id']}/approve", {}, role="approver", x_correlation_id="approval-0001"
    )
    assert approved.status_code == 200, approved.text

    found = await timeline(world, made["id"])

    assert steps(found) == ["requested", "decided", "asked", "answered", "decided"]
    asked, answer, decided = found[2:]
    assert asked["approval_id"] == answer["approval_id"] == question["id"]
    assert asked["message"].startswith("Administrators were asked, and can decide until ")
    assert answer["actor"]["kind"] == "approver"
    assert answer["message"].endswith("approved it.")
    assert answer["correlation_id"] == decided["correlation_id"] == "approval-0001"


async def test_what_nobody_answered_is_told_as_done_by_the_system(world: World) -> None:
    space = await mapped(world)
    rule = {"when": "always", "approvers": ["grace@example.org"], "deadline_minutes": 60}
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "approval", "parameters": rule, "attach": attach})
    made = await world.reservation(space["id"], 9, 10)
    [question] = (await world.call("GET", f"/v1/approvals?reservation_id={made['id']}")).json()["items"]
    await pass_deadline(world, question)
    await do_what_is_due(world)

    *_, answer, decided = await timeline(world, made["id"])

    assert (answer["step"], answer["actor"]["kind"]) == ("answered", "system")
    assert answer["correlation_id"] == decided["correlation_id"]
    assert answer["correlation_id"].startswith("deadline-")


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (
            {"settlement": Settlement.GIVEN_UP, "has_written": False, "problem": IntentProblem.GONE},
            "It was given up in Outlook: the meeting was no longer on the room's calendar.",
        ),
        (
            {"settlement": Settlement.SUPERSEDED, "has_written": False},
            "Something newer was decided before it was carried out in Outlook.",
        ),
        (
            {"has_written": False},
            "Outlook showed already what was decided, so nothing was written.",
        ),
    ],
)
async def test_an_intent_that_wrote_nothing_is_told_with_why(
    world: World, ledger: Ledger, ended: Json, said: str
) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await observe(ledger, room, seen, "post.1")

    await settle(ledger, MeetingKey(room.id, seen.ical_uid), "post.1", **ended)

    found = await timeline(world, await only(ledger, room))
    assert steps(found) == ["notified", "read", "decided", "settled"]
    assert found[-1]["message"] == said


async def test_a_lost_notification_is_told_as_found_by_a_sweep_and_healed(world: World, ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    key = MeetingKey(room.id, seen.ical_uid)
    observation = await ledger.observation(room, seen)
    found_at = observation.observed_at
    correction = CorrectionRequested(key=key, drift=DriftKind.MISSING_IN_LEDGER, observation=observation)
    await deliver(ledger, correction, "sweep-1")
    await settle(ledger, key, "sweep-1")
    await world.admin.execute(
        "INSERT INTO reconciler.drifts (space_id, kind, seen_as, found_at, last_seen_at, healed_at, key_ical_uid, "
        "correlation_id) SELECT $1, 'missing_in_ledger', '', $2, $2, clock_timestamp(), $3, sweep "
        "FROM unnest(ARRAY['sweep-1', 'sweep-of-another']) AS sweep",
        room.id,
        found_at,
        seen.ical_uid,
    )
    await world.admin.execute(
        "INSERT INTO reconciler.rooms (space_id, room_mailbox, connection_id, agreed_at, agreed_correlation_id) "
        "VALUES ($1, $2, $3, clock_timestamp(), 'sweep-2')",
        room.id,
        room.mailbox,
        ledger.connection_id,
    )

    found = await timeline(world, await only(ledger, room))

    assert [(each["step"], each["correlation_id"]) for each in found] == [
        ("compared", "sweep-1"),
        ("decided", "sweep-1"),
        ("written", "sweep-1"),
        ("settled", "sweep-1"),
        ("healed", "sweep-1"),
        ("compared", "sweep-2"),
    ]
    assert "the meeting was on the room's calendar and not booked" in found[0]["message"]
    assert found[4]["message"].startswith("A later comparison found the difference gone, 1 second after")
    assert found[5]["message"] == "The whole calendar of the room was compared with what is booked, and both agreed."


async def test_a_date_is_told_what_concerned_its_series_and_itself_and_nothing_of_other_dates(
    world: World, ledger: Ledger
) -> None:
    room, series = await ledger.room(), recurring(window(9), 4)
    whole = MeetingKey(room.id, series.ical_uid)
    await observe(ledger, room, series, "post.1")
    await settle(ledger, whole, "post.1")
    shown = answered(series)

    def moved(number: int, each: Any) -> Any:
        return each.model_copy(update={"start": each.start + timedelta(hours=2), "end": each.end + timedelta(hours=2)})

    await observe(ledger, room, on_dates(shown, lambda n, each: moved(n, each) if n == 1 else each), "post.2")

    first, second, *_ = await ledger.reservations(room)
    of_first, of_second = await timeline(world, first["id"]), await timeline(world, second["id"])
    whole_steps = ["notified", "read", "decided", "written", "settled"]
    about_series = [each for each in of_first if each["concerns_series"]]
    assert [each for each in whole_steps if each not in steps(about_series)] == []
    assert not any(each["correlation_id"] == "post.2" and each["step"] == "decided" for each in of_first)
    assert any(each["correlation_id"] == "post.2" and each["step"] == "decided" for each in of_second)
    assert [each["step"] for each in of_second if each["correlation_id"] == "post.2"][:2] == ["notified", "read"]


async def test_who_comes_after_on_the_same_meeting_has_a_timeline_of_its_own(world: World, ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await observe(ledger, room, seen, "first.1")
    await observe(ledger, room, again(seen, is_cancelled=True), "first.2")
    await observe(ledger, room, again(seen, event_id="again"), "second.1")

    [cancelled] = await ledger.reservations(room, "cancelled")
    [booked] = await ledger.reservations(room, "confirmed")

    ids = [{each["correlation_id"] for each in await timeline(world, row["id"])} for row in (cancelled, booked)]
    assert ids == [{"first.1", "first.2"}, {"second.1"}]


async def test_a_timeline_is_paged_without_a_gap(world: World, ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await observe(ledger, room, seen, *(f"post.{number}" for number in range(4)))
    await settle(ledger, MeetingKey(room.id, seen.ical_uid), "post.0")
    path = f"/v1/reservations/{await only(ledger, room)}/timeline"
    whole = (await world.call("GET", path)).json()

    paged, cursor = [], ""
    for _ in whole["items"]:
        page = (await world.call("GET", f"{path}?limit=1{cursor}")).json()
        paged += page["items"]
        cursor = f"&cursor={page['next']}"

    assert paged == whole["items"]
    assert whole["next"] is None
    assert page["next"] is None


async def test_what_is_there_no_more_has_no_timeline(world: World) -> None:
    assert_problem(await world.call("GET", f"/v1/reservations/{uuid4()}/timeline"), 404)
    space = await world.space()
    made = await world.reservation(space["id"], 9, 10)
    assert_problem(await world.call("GET", f"/v1/reservations/{made['id']}/timeline?cursor=x"), 422)


async def test_steps_are_forgotten_with_the_history(ledger: Ledger) -> None:
    room, seen = await ledger.room(), meeting(window(9))
    await observe(ledger, room, seen, "post.1")
    await ledger.pool.execute("UPDATE steps SET at = at - interval '4 years' WHERE space_id = $1", room.id)

    async with ledger.pool.acquire() as conn:
        await forget_old(conn, [each for each in retentions(timedelta(days=1095)) if each.table == "steps"])

    assert await ledger.pool.fetchval("SELECT count(*) FROM steps WHERE space_id = $1", room.id) == 0
