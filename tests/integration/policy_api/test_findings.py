"""What is wrong is listed by API for as long as it is so, since it began, by level, code and space."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from services.findings.finding import FindingCode
from tests.integration.policy_api.test_access import EVERYBODY
from tests.integration.policy_api.world import World, assert_problem, at, fresh

BEGAN = "2026-03-01T10:00:00Z"
APPROVER = "grace@example.org"

_WATCH = """
    INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, state, detail, state_since)
    SELECT space_id, room_mailbox, connection_id, $2, 'It says why.', $3::text::timestamptz
    FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_SWEEP = """
    INSERT INTO reconciler.rooms (space_id, room_mailbox, connection_id, failing_since, is_quarantined, problem)
    SELECT space_id, room_mailbox, connection_id, $2::text::timestamptz, true, 'It was removed.'
    FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_BRAKE = """
    INSERT INTO reconciler.rooms (space_id, room_mailbox, connection_id, braked_at, braked_cancels, brake_problem)
    SELECT space_id, room_mailbox, connection_id, $2::text::timestamptz, 7, 'Seven are gone.'
    FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_PAUSE = """
    INSERT INTO reconciler.pauses (connection_id, since, until, problem)
    SELECT connection_id, $2::text::timestamptz, now(), 'The secret has expired.'
    FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_ANSWERS = """
    INSERT INTO policy.own_answers (space_id, room_mailbox, since, last_seen_at)
    SELECT space_id, room_mailbox, $2::text::timestamptz, now() FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_KNOWN_PLACE = """
    INSERT INTO ingest.known_places (space_id, room_mailbox, place_id)
    SELECT space_id, room_mailbox, 'place' FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_RENAMED = """
    WITH listed AS (INSERT INTO ingest.discoveries (connection_id) VALUES ($1) RETURNING connection_id)
    INSERT INTO ingest.discovered_rooms (connection_id, place_id, address, address_since, name)
    SELECT connection_id, 'place', 'hall@example.org', $2::text::timestamptz, 'Aula' FROM listed
"""
_FAILS = """
    UPDATE policy.answer_templates SET failing_since = $2::text::timestamptz, last_error = 'says_nothing'
    WHERE connection_id = $1
"""
_CREDENTIAL = """
    INSERT INTO reconciler.credentials (name, connection_id, kind, expires_at, problem, problem_since, since, in_use)
    VALUES ($1, $2, $3, $4, $5, $6, $7, true)
"""
_NO_MAIL = "INSERT INTO outbound.mail_setup (is_set_up, since) VALUES (false, $1::text::timestamptz)"
_REFUSED = """
    INSERT INTO outbound.mails (mail_id, recipient, state, ended_at)
    SELECT mail_id, recipient, $2, $3::text::timestamptz FROM policy.question_mails q
    WHERE approval_id IN (SELECT id FROM policy.approvals WHERE space_id = $1) AND NOT EXISTS (
        SELECT FROM outbound.mails m WHERE m.mail_id = q.mail_id
    )
"""


@pytest.fixture(autouse=True)
async def nothing_wrong(world: World) -> AsyncIterator[None]:
    """Leave nothing wrong behind: some findings are about all there is."""
    yield
    await world.admin.execute(
        "TRUNCATE policy.own_answers, policy.answer_templates, outbound.mail_setup, outbound.mails, ingest.watches, "
        "ingest.discoveries, ingest.discovered_rooms, ingest.known_places, "
        "reconciler.rooms, reconciler.pauses, reconciler.credentials; "
        "DELETE FROM policy.policies WHERE rule ->> 'kind' = 'approval'; UPDATE policy.spaces SET waiting_list = false"
    )


@dataclass(frozen=True)
class Wrong:
    """Something that is wrong: what it is about, and what mends it."""

    subject: str
    space_id: str | None
    mend: Callable[[], Awaitable[object]]
    since: str = BEGAN


async def in_room(world: World, statement: str, *given: object, mend: str) -> Wrong:
    """Have something be wrong with a room, as a service stores it, until `mend` is stored."""
    space = await world.mapped_space(name=fresh("Aula"))
    await world.admin.execute(statement, space["id"], *given)
    subject = f"the space {space['name']}, {space['mapping']['room_mailbox']}"
    return Wrong(subject, space["id"], lambda: world.admin.execute(mend, space["id"]))


async def watched(world: World, state: str) -> Wrong:
    mend = "UPDATE ingest.watches SET state = 'active', detail = NULL WHERE space_id = $1"
    return await in_room(world, _WATCH, state, BEGAN, mend=mend)


async def compared(world: World, statement: str, mend: str) -> Wrong:
    space = await world.mapped_space(name=fresh("Aula"))
    await world.admin.execute(_WATCH, space["id"], "active", BEGAN)
    await world.admin.execute(statement, space["id"], BEGAN)
    subject = f"the space {space['name']}, {space['mapping']['room_mailbox']}"
    return Wrong(subject, space["id"], lambda: world.admin.execute(mend, space["id"]))


async def paused(world: World) -> Wrong:
    connection = await world.connection(name=fresh("Contoso"))
    space = await world.space(room_mailbox=f"{fresh('room')}@example.org", connection=connection["id"])
    await world.admin.execute(_WATCH, space["id"], "active", BEGAN)
    await world.admin.execute(_SWEEP, space["id"], BEGAN)
    await world.admin.execute(_PAUSE, space["id"], BEGAN)

    async def mend() -> None:
        await world.admin.execute("TRUNCATE reconciler.pauses, reconciler.rooms")

    return Wrong(f"the connection {connection['name']}", None, mend)


async def failing(world: World) -> Wrong:
    connection = await world.connection(name=fresh("Contoso"))
    path = f"/v1/connections/{connection['id']}/answers/decline"
    await world.call("PUT", path, {"template": "No: {{ room }}"})
    await world.admin.execute(_FAILS, connection["id"], BEGAN)
    subject = f"the answer decline of the connection {connection['name']}"
    return Wrong(subject, None, lambda: world.call("PUT", path, {"template": "Sorry: {{ room }}"}))


async def without_mail(world: World) -> Wrong:
    await world.admin.execute(_NO_MAIL, BEGAN)
    mend = "UPDATE outbound.mail_setup SET is_set_up = true, since = now()"
    return Wrong("the mail server", None, lambda: world.admin.execute(mend))


async def without_mail_though_needed(world: World) -> Wrong:
    await approval_rule(world)
    return await without_mail(world)


async def approval_rule(world: World, **different: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Make a space of which everything has to be approved; return it and the policy."""
    space = await world.mapped_space()
    parameters = {"when": "always", "approvers": [APPROVER], **different.pop("parameters", {})}
    body = {"kind": "approval", "parameters": parameters, "attach": {"scope": "space", "id": space["id"]}}
    return space, await world.made("/v1/policies", body | different)


async def refused(world: World) -> Wrong:
    space, _ = await approval_rule(world)
    await world.reservation(space["id"], 9, 10)
    await world.admin.execute(_REFUSED, space["id"], "refused", BEGAN)

    async def mend() -> None:
        await world.reservation(space["id"], 11, 12)
        await world.admin.execute(_REFUSED, space["id"], "sent", "2026-03-01T11:00:00Z")

    return Wrong(f"the mailbox {APPROVER}", None, mend)


async def credential(
    world: World, *, days: float | None = None, before: int = 0, problem: str | None = None, spare: bool = False
) -> Wrong:
    """Have a connection's first credential expire in so many days, or have a problem; a second one may be spare.

    What is found of its expiry began `before` days ahead of it.
    """
    connection = await world.connection(
        name=fresh("Contoso"), credential="old", credentials=["old", "new"][: 1 + spare]
    )
    expires_at = None if days is None else (datetime.now(UTC) + timedelta(days=days)).replace(microsecond=0)
    began = datetime.fromisoformat(BEGAN)
    given = connection["id"], "secret", expires_at, problem, began if problem else None, began
    await world.admin.execute(_CREDENTIAL, "old", *given)
    if spare:
        await world.admin.execute(_CREDENTIAL, "new", connection["id"], "workload_identity", None, None, None, began)
    mend = "UPDATE reconciler.credentials SET problem = NULL, expires_at = '2099-01-01' WHERE connection_id = $1"
    since = BEGAN if expires_at is None else f"{expires_at - timedelta(days=before):%Y-%m-%dT%H:%M:%SZ}"
    subject = f"the credential old of the connection {connection['name']}"
    return Wrong(subject, None, lambda: world.admin.execute(mend, connection["id"]), since)


async def renamed(world: World) -> Wrong:
    space = await world.mapped_space(name=fresh("Aula"))
    await world.admin.execute(_WATCH, space["id"], "active", BEGAN)
    await world.admin.execute(_KNOWN_PLACE, space["id"])
    await world.admin.execute(_RENAMED, space["mapping"]["connection"], BEGAN)
    mend = "UPDATE ingest.discovered_rooms SET address = (SELECT room_mailbox FROM ingest.known_places)"
    subject = f"the space {space['name']}, {space['mapping']['room_mailbox']}"
    return Wrong(subject, space["id"], lambda: world.admin.execute(mend))


_COMPARED_AGAIN = "UPDATE reconciler.rooms SET is_quarantined = false, failing_since = NULL WHERE space_id = $1"

WRONG: dict[FindingCode, Callable[[World], Awaitable[Wrong]]] = {
    FindingCode.NO_MAIL_SERVER: without_mail_though_needed,
    FindingCode.NO_MAIL_SERVER_YET: without_mail,
    FindingCode.MAILS_REFUSED: refused,
    FindingCode.TEMPLATE_FAILS: failing,
    FindingCode.ANSWERS_BY_ITSELF: lambda world: in_room(
        world, _ANSWERS, BEGAN, mend="UPDATE policy.own_answers SET unanswered = 5 WHERE space_id = $1"
    ),
    FindingCode.MAILBOX_OUT_OF_REACH: lambda world: compared(world, _SWEEP, _COMPARED_AGAIN),
    FindingCode.NO_ROOM_MAILBOX: lambda world: watched(world, "refused"),
    FindingCode.NOT_NOTIFIED: lambda world: watched(world, "polling"),
    FindingCode.CANCELLATIONS_WAIT: lambda world: compared(
        world, _BRAKE, "UPDATE reconciler.rooms SET braked_at = NULL, braked_cancels = NULL WHERE space_id = $1"
    ),
    FindingCode.CONNECTION_PAUSED: paused,
    FindingCode.CREDENTIAL_EXPIRES_IN_MONTHS: partial(credential, days=59, before=60),
    FindingCode.CREDENTIAL_EXPIRES_IN_WEEKS: partial(credential, days=29, before=30),
    FindingCode.CREDENTIAL_EXPIRES_IN_DAYS: partial(credential, days=6, before=7),
    FindingCode.CREDENTIAL_EXPIRED: partial(credential, days=-1),
    FindingCode.CREDENTIAL_FAILS: partial(credential, problem="It is refused."),
    FindingCode.SPARE_CREDENTIAL_FAILS: partial(credential, problem="It is refused.", spare=True),
    FindingCode.EXPIRY_NOT_KNOWN: credential,
    FindingCode.MAILBOX_RENAMED: renamed,
}
"""How to have each thing be wrong, and nothing else."""


async def findings(world: World, query: str = "", role: str = "viewer") -> list[dict[str, Any]]:
    answer = await world.call("GET", f"/v1/findings?{query}", role=role)
    assert answer.status_code == 200, answer.text
    assert answer.json()["next"] is None
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize("code", [each for each in FindingCode if each.is_standing])
async def test_what_is_wrong_is_told_since_it_began_until_it_is_mended(world: World, code: FindingCode) -> None:
    assert await findings(world) == []
    wrong = await WRONG[code](world)

    [first] = await findings(world)
    [second] = await findings(world)
    await wrong.mend()

    assert (first["code"], first["subject"], first["since"]) == (code, wrong.subject, wrong.since)
    assert first["space_id"] == wrong.space_id
    assert set(first) >= {"level", "finding", "why", "remedy", "doc"}
    assert second == first
    assert await findings(world) == []


async def test_looking_changes_nothing(world: World) -> None:
    await WRONG[FindingCode.NOT_NOTIFIED](world)
    before = await world.everything()

    await findings(world)

    assert await world.everything() == before


async def test_a_mail_server_is_needed_from_the_first_waiting_list_or_approval_rule_on(world: World) -> None:
    await without_mail(world)
    [unneeded] = await findings(world)
    space = await world.space(waiting_list=True)
    [for_list] = await findings(world)
    _, policy = await approval_rule(world)
    [for_both] = await findings(world)
    await world.call("PATCH", f"/v1/spaces/{space['id']}", {"waiting_list": False})
    [for_rule] = await findings(world)
    await world.call("DELETE", f"/v1/policies/{policy['id']}")
    [again] = await findings(world)

    assert [each["code"] for each in (unneeded, for_list, for_both, for_rule)] == ["RS102", "RS101", "RS101", "RS101"]
    assert "1 waiting list" in for_list["finding"]
    assert "1 approval rule and 1 waiting list" in for_both["finding"]
    assert again == unneeded
    assert {each["since"] for each in (unneeded, for_list, for_both, for_rule)} == {BEGAN}


@pytest.mark.parametrize(
    "different",
    [
        {"parameters": {"when": "never"}},
        {"effect": "shadow"},
        {"effect": "warn"},
        {"dates": {"until": "2020-01-01"}},
    ],
)
async def test_a_rule_that_asks_nobody_needs_no_mail_server(world: World, different: dict[str, Any]) -> None:
    await without_mail(world)
    await approval_rule(world, **different)

    assert [each["code"] for each in await findings(world)] == ["RS102"]


async def test_an_approver_whom_nothing_names_any_more_is_no_finding(world: World) -> None:
    space, policy = await approval_rule(world, parameters={"approvers": ["hugo@example.org"]})
    made = await world.reservation(space["id"], 9, 10)
    await world.admin.execute(_REFUSED, space["id"], "refused", BEGAN)
    await world.call("DELETE", f"/v1/policies/{policy['id']}")

    [waits] = await findings(world)
    await world.call("POST", f"/v1/reservations/{made['id']}/cancel", {})

    assert (waits["code"], waits["subject"]) == ("RS103", "the mailbox hugo@example.org")
    assert await findings(world) == []


async def test_findings_are_filtered_and_the_worst_come_first(world: World) -> None:
    made = [await WRONG[code](world) for code in (FindingCode.NOT_NOTIFIED, FindingCode.CANCELLATIONS_WAIT)]
    await without_mail(world)

    every = await findings(world)

    assert [each["code"] for each in every] == ["RS109", "RS108", "RS102"]
    assert [each["level"] for each in every] == ["error", "warning", "info"]
    for each in every:
        assert await findings(world, f"level={each['level']}") == [each]
        assert await findings(world, f"code={each['code']}") == [each]
    assert await findings(world, f"space_id={made[0].space_id}") == [every[1]]
    assert await findings(world, f"space_id={made[0].space_id}&level=error") == []


async def test_pages_have_every_finding_once_though_one_that_was_shown_is_mended_meanwhile(world: World) -> None:
    rooms = [await WRONG[FindingCode.NOT_NOTIFIED](world) for _ in range(3)]
    every = await findings(world)

    first = (await world.call("GET", "/v1/findings?limit=1")).json()
    await next(each for each in rooms if each.space_id == first["items"][0]["space_id"]).mend()
    rest = (await world.call("GET", f"/v1/findings?limit=2&cursor={first['next']}")).json()

    assert first["items"] + rest["items"] == every
    assert rest["next"] is None


async def test_every_role_is_shown_the_same(world: World) -> None:
    await WRONG[FindingCode.NOT_NOTIFIED](world)

    told = [await findings(world, role=role) for role in sorted(EVERYBODY)]

    assert told[0] != []
    assert all(each == told[0] for each in told)


@pytest.mark.parametrize(
    "query", ["level=bad", "code=RS1", "code=", "space_id=x", "limit=0", "cursor=x", "since=now", "cursor=WyJSb29tIl0"]
)
async def test_a_filter_that_makes_no_sense_is_refused(world: World, query: str) -> None:
    assert_problem(await world.call("GET", f"/v1/findings?{query}"), 422, "invalid-request")


async def test_a_cursor_of_another_list_is_refused(world: World) -> None:
    for _ in range(2):
        await world.space()
    other = (await world.call("GET", "/v1/spaces?limit=1")).json()["next"]

    assert_problem(await world.call("GET", f"/v1/findings?cursor={other}"), 422, "invalid-request", "query.cursor")


async def test_nobody_who_made_a_meeting_is_named(world: World) -> None:
    space, _ = await approval_rule(world)
    await world.reservation(space["id"], 9, 10, organizer={"name": "Ada", "email": "ada@example.org"}, title="Secret")
    await world.admin.execute(_REFUSED, space["id"], "refused", BEGAN)
    await world.admin.execute(_ANSWERS, space["id"], BEGAN)

    told = str(await findings(world))

    assert [each for each in ("Ada", "ada@", "Secret", at(9)) if each in told] == []
