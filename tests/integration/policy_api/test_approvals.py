"""Questions to administrators by API: listed, decided once, closed with what they are about, and due at deadlines."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import structlog
from structlog.contextvars import merge_contextvars

from tests.integration.policy_api.asking import (
    asking_space,
    busy,
    do_what_is_due,
    pass_deadline,
    question_about,
    questions,
    reservation_of,
    told,
)
from tests.integration.policy_api.world import World, assert_problem, at


async def test_a_request_that_needs_approval_waits_and_asks(world: World) -> None:
    space = await asking_space(world, deadline_minutes=120)
    before = datetime.now(UTC)

    made = await world.reservation(
        space["id"], 9, 10, organizer={"name": "Ada", "email": "ada@example.org"}, attendee_count=3
    )

    assert (made["status"], made["decision"]["outcome"]) == ("pending", "tentative")
    question = await question_about(world, made)
    assert (question["state"], question["space_id"]) == ("pending", space["id"])
    assert question["asked"] == {
        "start": at(9),
        "end": at(10),
        "dates": 1,
        "time_zone": "Europe/Berlin",
        "title": "Planning",
        "organizer": {"name": "Ada", "email": "ada@example.org"},
        "attendee_count": 3,
    }
    assert [each["rule"] for each in question["reasons"]] == ["approval"]
    assert question["approvers"] == ["grace@example.org"]
    asked_at, deadline_at = map(datetime.fromisoformat, (question["asked_at"], question["deadline_at"]))
    assert abs(asked_at - before) < timedelta(seconds=30)
    assert deadline_at - asked_at == timedelta(minutes=120)
    assert (question["decided_by"], question["decided_at"], question["rivals"]) == (None, None, [])
    assert await told(world, space) == ["reservation.pending.v1", "approval.requested.v1"]


async def test_what_waits_holds_its_time(world: World) -> None:
    space = await asking_space(world)
    await world.reservation(space["id"], 9, 10)

    answer = await world.call(
        "POST", "/v1/reservations", {"space_id": space["id"], "start": at(9.5), "end": at(11), "title": "Board"}
    )

    assert_problem(answer, 409, "reservation-refused")
    assert {each["rule"] for each in answer.json()["reasons"]} == {"availability", "approval"}


async def test_it_is_said_beforehand_that_approval_is_needed(world: World) -> None:
    space = await asking_space(world)

    answer = await world.call(
        "POST", "/v1/reservations:check", {"space_id": space["id"], "start": at(9), "end": at(10), "title": "Board"}
    )

    assert answer.json()["outcome"] == "tentative"
    assert [each["rule"] for each in answer.json()["reasons"]] == ["approval"]
    assert await questions(world, space_id=space["id"]) == []


@pytest.mark.parametrize(
    ("ruling", "state", "status", "event"),
    [
        ("approve", "approved", "confirmed", "reservation.confirmed.v1"),
        ("reject", "rejected", "declined", "reservation.declined.v1"),
    ],
)
async def test_an_approver_decides_and_everybody_learns_how(
    world: World, ruling: str, state: str, status: str, event: str
) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    question = await question_about(world, made)

    answer = await world.call(
        "POST", f"/v1/approvals/{question['id']}/{ruling}", {"comment": "Ask me about keys."}, role="approver"
    )

    assert answer.status_code == 200, answer.text
    decided = answer.json()
    assert (decided["state"], decided["comment"], decided["version"]) == (state, "Ask me about keys.", 2)
    assert decided["decided_by"]["kind"] == "approver"
    shown = await world.call("GET", f"/v1/approvals/{question['id']}")
    assert shown.json() == decided
    assert shown.headers["etag"] == answer.headers["etag"]
    reservation = await reservation_of(world, made)
    assert reservation["status"] == status
    assert "Ask me about keys." in reservation["decision"]["reasons"][0]["message"]
    assert await questions(world, space_id=space["id"], state="pending") == []
    assert await told(world, space) == [
        "reservation.pending.v1",
        "approval.requested.v1",
        event,
        "approval.decided.v1",
    ]


async def test_the_second_to_decide_learns_who_was_first(world: World) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    path = f"/v1/approvals/{(await question_about(world, made))['id']}"

    answers = await asyncio.gather(
        world.call("POST", f"{path}/approve", role="approver"),
        world.call("POST", f"{path}/reject", {"comment": "No."}, role="admin"),
        world.call("POST", f"{path}/approve", role="admin"),
    )

    first = [each for each in answers if each.status_code == 200]
    late = [each for each in answers if each.status_code != 200]
    assert (len(first), len(late)) == (1, 2)
    by = first[0].json()["decided_by"]
    for each in late:
        assert_problem(each, 409, "conflict")
        assert f"was {first[0].json()['state']} by {by['name'] or by['subject']}" in each.json()["detail"]
    expected = "confirmed" if first[0].json()["state"] == "approved" else "declined"
    assert (await reservation_of(world, made))["status"] == expected


async def test_a_decision_that_is_sent_twice_under_one_key_is_made_once(world: World) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    path = f"/v1/approvals/{(await question_about(world, made))['id']}/approve"
    key = str(uuid4())

    first, second = [await world.call("POST", path, Idempotency_Key=key) for _ in range(2)]

    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_question_that_was_read_before_it_changed_is_not_decided(world: World) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    question = await question_about(world, made)
    await world.call("PATCH", f"/v1/reservations/{made['id']}", {"end": at(9.5)})

    stale = await world.call("POST", f"/v1/approvals/{question['id']}/approve", if_match='"1"')
    fresh = await world.call("POST", f"/v1/approvals/{question['id']}/approve", if_match='"2"')

    assert_problem(stale, 412, "stale-version")
    assert fresh.status_code == 200
    assert fresh.json()["asked"]["end"] == at(9.5)


async def test_a_superseded_question_cannot_be_decided_any_more(world: World) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    old = await question_about(world, made)
    await world.call("PATCH", f"/v1/reservations/{made['id']}", {"end": at(11)})

    answer = await world.call("POST", f"/v1/approvals/{old['id']}/approve")

    assert_problem(answer, 409, "conflict")
    assert "More was asked for since" in answer.json()["detail"]
    new = await question_about(world, made, "pending")
    assert (new["asked"]["end"], new["asked_at"]) == (at(11), old["asked_at"])
    found = await questions(world, reservation_id=made["id"])
    assert {each["id"]: each["state"] for each in found} == {old["id"]: "superseded", new["id"]: "pending"}


async def test_a_cancellation_withdraws_the_question(world: World) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)

    await world.call("POST", f"/v1/reservations/{made['id']}/cancel")

    question = await question_about(world, made)
    assert question["state"] == "withdrawn"
    answer = await world.call("POST", f"/v1/approvals/{question['id']}/approve")
    assert_problem(answer, 409, "conflict")
    assert "was cancelled" in answer.json()["detail"]
    assert (await told(world, space))[-2:] == ["reservation.cancelled.v1", "approval.decided.v1"]


async def test_what_happens_at_a_deadline_is_logged_by_the_id_that_follows_it(world: World) -> None:
    space = await asking_space(world, deadline_minutes=60)
    made = await world.reservation(space["id"], 9, 10)
    await pass_deadline(world, await question_about(world, made))

    with structlog.testing.capture_logs(processors=[merge_contextvars]) as lines:
        await do_what_is_due(world)

    owed = "SELECT DISTINCT correlation_id FROM outbox WHERE body LIKE $1 AND correlation_id LIKE 'deadline-%'"
    follows = await world.pool.fetchval(owed, f"%{made['id']}%")
    assert [line["correlation_id"] for line in lines if line["event"] == "question.expired"] == [follows]


@pytest.mark.parametrize(
    ("at_deadline", "state", "status"),
    [("reject", "expired", "declined"), ("approve", "expired", "confirmed"), ("leave", "pending", "pending")],
)
async def test_at_the_deadline_happens_what_the_rule_says(
    world: World, at_deadline: str, state: str, status: str
) -> None:
    space = await asking_space(world, deadline_minutes=60, at_deadline=at_deadline)
    made = await world.reservation(space["id"], 9, 10)

    await pass_deadline(world, await question_about(world, made))
    await do_what_is_due(world)

    question = await question_about(world, made)
    assert (question["state"], question["decided_by"]) == (state, None)
    assert (await reservation_of(world, made))["status"] == status
    answer = await world.call("POST", f"/v1/approvals/{question['id']}/approve")
    assert answer.status_code == (200 if state == "pending" else 409)
    assert ("approval.expired.v1" in await told(world, space)) is (state == "expired")


async def test_many_loops_at_once_let_a_question_expire_once(world: World) -> None:
    space = await asking_space(world, deadline_minutes=60)
    made = await world.reservation(space["id"], 9, 10)
    await pass_deadline(world, await question_about(world, made))

    await asyncio.gather(*(do_what_is_due(world) for _ in range(4)))

    assert (await told(world, space)).count("approval.expired.v1") == 1


async def test_a_question_that_cannot_be_decided_keeps_no_other_from_expiring(world: World) -> None:
    broken, sound = [await asking_space(world, deadline_minutes=60) for _ in range(2)]
    first, second = [await world.reservation(each["id"], 9, 10) for each in (broken, sound)]
    for made in (first, second):
        await pass_deadline(world, await question_about(world, made))
    unreadable = "UPDATE policy.approvals SET asked = $2, due_at = due_at - interval '1 hour' WHERE reservation_id = $1"
    asked = await world.admin.fetchval("SELECT asked FROM policy.approvals WHERE reservation_id = $1", first["id"])
    await world.admin.execute(unreadable, first["id"], "{}")

    await do_what_is_due(world)

    await world.admin.execute(unreadable, first["id"], asked)
    assert (await question_about(world, second))["state"] == "expired"
    assert (await question_about(world, first))["state"] == "pending"
    await do_what_is_due(world)
    assert (await question_about(world, first))["state"] == "expired"


async def test_questions_are_listed_by_page_in_the_order_of_asking(world: World) -> None:
    space = await asking_space(world)
    made = [await world.reservation(space["id"], hour, hour + 1) for hour in (14, 9, 11)]

    found: list[str] = []
    cursor = ""
    for _ in made:
        answer = await world.call("GET", f"/v1/approvals?space_id={space['id']}&state=pending&limit=1{cursor}")
        [item] = answer.json()["items"]
        found.append(item["reservation_id"])
        cursor = f"&cursor={answer.json()['next']}"

    assert found == [each["id"] for each in made]
    assert answer.json()["next"] is None


@pytest.mark.parametrize("query", ["state=open", "space_id=x", "limit=0", "cursor=x", "since=now"])
async def test_a_filter_that_makes_no_sense_is_refused(world: World, query: str) -> None:
    assert_problem(await world.call("GET", f"/v1/approvals?{query}"), 422, "invalid-request")


@pytest.mark.parametrize("comment", ["x" * 2001, "bell \x07", 5, "\ud800"])
async def test_a_comment_nobody_can_read_is_refused_and_nothing_is_decided(world: World, comment: object) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    path = f"/v1/approvals/{(await question_about(world, made))['id']}/reject"
    body = b'{"comment": "\\ud800"}' if comment == "\ud800" else {"comment": comment}

    answer = await world.call("POST", path, body)

    assert 400 <= answer.status_code < 500, answer.text
    assert (await question_about(world, made))["state"] == "pending"


async def test_a_comment_is_kept_as_it_is_whatever_it_looks_like(world: World) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    comment = "<b>No</b> {{ 7 * 7 }} & none"

    answer = await world.call(
        "POST", f"/v1/approvals/{(await question_about(world, made))['id']}/reject", {"comment": comment}
    )

    assert answer.json()["comment"] == comment


async def test_there_is_no_question_of_an_unknown_id(world: World) -> None:
    for method, path in (("GET", ""), ("POST", "/approve"), ("POST", "/reject")):
        assert_problem(await world.call(method, f"/v1/approvals/{uuid4()}{path}"), 404, "not-found", "path.approval_id")


async def test_a_rule_that_is_deleted_leaves_the_question_to_be_decided(world: World) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    [policy] = [
        each
        for each in (await world.call("GET", "/v1/policies?limit=200")).json()["items"]
        if each["attach"]["id"] == space["id"]
    ]
    await world.call("DELETE", f"/v1/policies/{policy['id']}")

    answer = await world.call("POST", f"/v1/approvals/{(await question_about(world, made))['id']}/approve")

    assert answer.status_code == 200
    assert (await reservation_of(world, made))["status"] == "confirmed"


async def test_deleting_the_space_withdraws_its_questions(world: World) -> None:
    space = await asking_space(world)
    made = await world.reservation(space["id"], 9, 10)
    question = await question_about(world, made)

    answer = await world.call("DELETE", f"/v1/spaces/{space['id']}?confirm=true")

    assert answer.status_code < 300, answer.text
    found = (await world.call("GET", f"/v1/approvals/{question['id']}")).json()
    assert found["state"] == "withdrawn"


async def test_what_competes_is_free_for_others_to_ask_for_and_refused_with_reasons_once_it_is_taken(
    world: World,
) -> None:
    space = await asking_space(world, mode="compete")
    made = [await world.reservation(space["id"], 9, 10) for _ in range(2)]
    found = await questions(world, space_id=space["id"], state="pending")
    assert [each["rivals"] for each in found] == [[made[1]["id"]], [made[0]["id"]]]
    assert not await busy(world, space, 9)
    kept = await world.reservation(space["id"], 12, 13, override_reason="Open day")
    hold = {"when": "always", "approvers": ["grace@example.org"]}
    attach = {"scope": "space", "id": space["id"]}
    await world.made("/v1/policies", {"kind": "approval", "parameters": hold, "attach": attach})
    await world.call("PATCH", f"/v1/reservations/{kept['id']}", {"start": at(9), "end": at(10)})

    answer = await world.call("POST", f"/v1/approvals/{found[0]['id']}/approve")

    assert_problem(answer, 409, "conflict")
    assert [each["rule"] for each in answer.json()["reasons"]] == ["availability"]
    assert "make room first" in answer.json()["detail"]
