"""Connections in the console: how each is doing, a check of it with its outcome, and its settings."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tests.integration.policy_api.test_checks import asked
from tests.integration.policy_api.world import World, fresh
from tests.integration.policy_console_pages.console import Console, said, unknown_id
from tests.integration.policy_console_pages.test_rooms import next_of, watched

_CREDENTIAL = """
    INSERT INTO reconciler.credentials (connection_id, name, kind, expires_at, thumbprint, in_use, problem,
        problem_since, since)
    VALUES ($1, $2, $3, $4, $5, $6, $7, CASE WHEN $7::text IS NOT NULL THEN now() END, now())
"""
LISTED = """
    INSERT INTO ingest.discoveries (connection_id, listed_at, tried_at) VALUES ($1, $2, $2)
    ON CONFLICT (connection_id) DO UPDATE SET listed_at = excluded.listed_at, tried_at = excluded.tried_at,
        problem = NULL, problem_since = NULL
"""
_UNLISTED = """
    INSERT INTO ingest.discoveries (connection_id, problem, problem_since, tried_at) VALUES ($1, $2, now(), $3)
    ON CONFLICT (connection_id) DO UPDATE SET problem = excluded.problem, tried_at = excluded.tried_at
"""
_SWEEP = """
    INSERT INTO reconciler.rooms (space_id, room_mailbox, connection_id)
    SELECT space_id, room_mailbox, connection_id FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""
_PAUSE = """
    INSERT INTO reconciler.pauses (connection_id, since, until, problem)
    SELECT connection_id, now(), now(), 'The secret was refused.' FROM policy.mapped_spaces_v1 WHERE space_id = $1
"""

HOSTILE = "<script>alert(1)</script>{{7*7}}"


async def credential(
    world: World,
    connection: dict[str, Any],
    name: str = "simulator",
    kind: str = "certificate",
    *,
    days: float | None = 100,
    problem: str | None = None,
) -> None:
    """Have the reconciler tell of a credential that is used, unless there is a problem with it."""
    expires_at = None if days is None else datetime.now(UTC) + timedelta(days=days, hours=1)
    given = name, kind, expires_at, "AB12CD" if kind == "certificate" else None, problem is None, problem
    await world.admin.execute(_CREDENTIAL, UUID(connection["id"]), *given)


async def read(world: World, connection: dict[str, Any]) -> dict[str, Any]:
    """Read a connection as it is now."""
    found: dict[str, Any] = (await world.call("GET", f"/v1/connections/{connection['id']}")).json()
    return found


def settings_of(connection: dict[str, Any], **changed: str) -> dict[str, str]:
    """Return the fields of the form of the settings."""
    fields = {
        "name": connection["name"],
        "own_domains": "\r\n".join(connection["own_domains"]),
        "conflict_detail": connection["conflict_detail"],
        "refused_edit": connection["refused_edit"],
        "version": str(connection["version"]),
    }
    return {**fields, **changed}


async def test_without_a_connection_the_page_says_how_to_connect(console: Console) -> None:
    await console.world.admin.execute("TRUNCATE policy.connections CASCADE")

    text = await console.text("/connections", role="viewer")

    assert "No tenant of Microsoft 365 is connected yet" in text
    assert "docs/set-up.md" in text


async def test_a_connection_is_listed_with_its_credentials_and_rooms(console: Console) -> None:
    world = console.world
    connection = await world.connection(credential="old", credentials=["old", "new"])
    await credential(world, connection, "old", days=100)
    for _ in range(2):
        await world.space(room_mailbox=f"{fresh('room')}@example.org", connection=connection["id"])

    text = await console.text(f"/connections?name={connection['name'].upper()}", role="viewer")

    assert f'<a href="/console/connections/{connection["id"]}">{connection["name"]}</a>' in text
    assert '<span class="state approved">Works</span>' in text
    assert "old, certificate, in use" in text
    assert "Expiry: in 100 days" in text
    assert "new, not read yet" in text
    assert "Expiry: not known yet" in text
    assert f'<a href="/console/rooms?connection={connection["id"]}">2 rooms</a>' in text
    assert "No connection fits this filter." in await console.text("/connections?name=nowhere")


async def test_the_worst_that_is_found_about_a_connection_and_its_rooms_is_told_first(console: Console) -> None:
    world = console.world
    connection = await world.connection()
    await credential(world, connection, days=20)
    space = await world.space(room_mailbox=f"{fresh('room')}@example.org", connection=connection["id"])
    await watched(world, space["id"], "quarantined", "It says why.")
    every = (await world.call("GET", "/v1/findings?limit=200")).json()["items"]
    worst, countdown = [each for each in every if each["connection_id"] == connection["id"]]

    listed = await console.text(f"/connections?name={connection['name']}")
    shown = await console.text(f"/connections/{connection['id']}", role="viewer")

    assert (worst["code"], countdown["code"]) == ("RS106", "RS142")
    assert '<span class="level warning">Needs attention</span>' in listed
    assert worst["finding"] in listed
    assert "and 1 more finding" in listed
    assert all(countdown[each] in shown for each in ("finding", "why", "remedy", "code"))
    assert worst["remedy"] not in shown
    assert f'<a href="/console/rooms?connection={connection["id"]}&problem=yes">1 room with findings</a>' in shown


@pytest.mark.parametrize(
    ("given", "state", "sentence"),
    [
        ({"days": 100}, "Works", "in 100 days"),
        ({"days": 6}, "Needs attention", "in 6 days"),
        ({"days": -3}, "Does not work", "expired 2 days ago"),
        ({"problem": "It is refused."}, "Does not work", "It is refused."),
        ({"kind": "secret", "days": None}, "Works", "not known: its file does not say"),
        ({"kind": "workload_identity", "days": None}, "Works", "does not expire"),
        (None, "Not reached yet", "not known yet"),
    ],
)
async def test_a_connection_shows_how_its_credential_is_doing_and_how_long_it_lasts(
    console: Console, given: dict[str, Any] | None, state: str, sentence: str
) -> None:
    connection = await console.world.connection()
    if given is not None:
        await credential(console.world, connection, **given)

    text = await console.text(f"/connections/{connection['id']}", role="viewer")

    assert f'">{state}</span></h2>' in text
    assert sentence in text
    assert "none, so nobody is external" in text
    assert connection["tenant_id"] in text
    assert connection["client_id"] in text
    assert ("AB12CD" in text) is (given is not None and "kind" not in given)


async def test_a_paused_connection_says_so_with_what_mends_it(console: Console) -> None:
    world = console.world
    space = await world.mapped_space()
    for statement in (_SWEEP, _PAUSE):
        await world.admin.execute(statement, space["id"])

    text = await console.text(f"/connections/{space['mapping']['connection']}")

    assert '<span class="level error">Paused</span>' in text
    assert "The secret was refused." in text
    assert "RS110" in text


async def test_a_connection_is_checked_and_the_page_shows_by_itself_what_came_of_it(console: Console) -> None:
    world = console.world
    connection = await world.connection()
    path = f"/connections/{connection['id']}"
    await world.admin.execute(LISTED, UUID(connection["id"]), datetime.now(UTC) - timedelta(minutes=5))

    before = await console.text(path, role="admin")
    answer = await console.post(f"{path}/check", role="admin")
    address = answer.headers["location"].removeprefix("/console")
    waiting = await console.get(address, role="admin")
    await world.admin.execute(LISTED, UUID(connection["id"]), datetime.now(UTC))
    done = await console.get(address, role="admin")

    assert "ends the pause of the connection" in before
    assert answer.status_code == 303
    (message,) = await asked(world, connection["id"])
    assert (message.room_mailbox, message.reason) == (None, "administrator_asked")
    assert "All that waits for this connection is tried now." in said(waiting)
    assert "The check has not ended yet." in said(waiting)
    assert f'hx-get="{answer.headers["location"].replace("&", "&amp;")}" hx-trigger="every 2s"' in waiting.text
    assert "The check has come through" in said(done)
    assert "every 2s" not in done.text
    assert "check has" not in before


async def test_a_check_that_ended_without_a_permission_says_so_when_and_what_is_missing(console: Console) -> None:
    world = console.world
    connection = await world.connection()
    failed = (_UNLISTED, UUID(connection["id"]), "Grant Place.Read.All.")
    await world.admin.execute(*failed, datetime.now(UTC) - timedelta(minutes=5))

    answer = await console.post(f"/connections/{connection['id']}/check", role="admin")
    address = answer.headers["location"].removeprefix("/console")
    waiting = await console.get(address, role="admin")
    await world.admin.execute(*failed, datetime.now(UTC))
    ended = await console.get(address, role="admin")

    assert "The check has not ended yet." in said(waiting)
    assert "every 2s" in waiting.text
    assert re.search(
        r"The check has ended\. The connection was checked, <time [^>]+>[^<]+</time>, and something is missing: "
        r"Grant Place\.Read\.All\.",
        said(ended),
    )
    assert "The check has come through" not in ended.text
    assert "every 2s" not in ended.text


async def test_settings_are_changed_by_a_form_that_says_what_they_mean(console: Console) -> None:
    world = console.world
    connection = await world.connection(own_domains=["example.org"])
    path = f"/connections/{connection['id']}"
    changed = {
        "name": fresh("Contoso"),
        "own_domains": " Example.org \r\n\r\ncontoso.example, fabrikam.example",
        "conflict_detail": "time",
        "refused_edit": "decline",
        "edits_organizer_events": "on",
    }

    before = await console.text(f"{path}/change", role="admin")
    answer = await console.post(f"{path}/change", settings_of(connection, **changed), role="admin")

    assert "What was decided stays as it is, in the ledger and in Outlook." in before
    assert "by an event of the room's own" in before
    assert re.search(r'<textarea id="own_domains"[^>]*> example.org</textarea>', before)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console{path}")
    expected = {**connection, **changed, "own_domains": ["example.org", "contoso.example", "fabrikam.example"]}
    assert await read(world, connection) == {**expected, "edits_organizer_events": True, "version": 2}
    text = await console.text(path, role="viewer")
    assert "example.org, contoso.example, fabrikam.example" in text
    assert "Declines say when the room is taken, and not by whom." in text


@pytest.mark.parametrize(
    ("changed", "name", "sentence"),
    [
        ({"own_domains": "example.org\n@<b>"}, "own_domains", "Own domains cannot be used"),
        ({"name": " "}, "name", "Name is missing"),
        ({"name": "x" * 256}, "name", "Name is too long: At most 255 characters."),
        ({"conflict_detail": "subject"}, "conflict_detail", "cannot be used: One of 'organizer' or 'time'."),
        ({"refused_edit": "ignore"}, "refused_edit", "cannot be used: One of 'decline' or 'propose_original'."),
    ],
)
async def test_settings_that_cannot_be_used_come_back_as_written_with_a_sentence_at_the_field(
    console: Console, changed: dict[str, str], name: str, sentence: str
) -> None:
    connection = await console.world.connection(own_domains=["example.org"])

    sent = settings_of(connection, **changed)
    answer = await console.post(f"/connections/{connection['id']}/change", sent, role="admin")

    assert answer.status_code == 422
    assert sentence in said(answer)
    field = re.search(rf'<(?:input|select|textarea) id="{name}"[^>]*>', answer.text)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert f'id="{name}-wrong"' in answer.text
    assert "<b>" not in answer.text
    assert await read(console.world, connection) == connection


async def test_a_name_that_another_connection_has_is_refused_at_its_field(console: Console) -> None:
    first, second = await console.world.connection(), await console.world.connection()

    sent = settings_of(second, name=first["name"])
    answer = await console.post(f"/connections/{second['id']}/change", sent, role="admin")

    assert answer.status_code == 409
    assert "Name is taken: a name no other connection has." in said(answer)
    assert f'value="{first["name"]}"' in answer.text
    assert await read(console.world, second) == second


async def test_of_two_administrators_the_second_sees_what_the_first_set_and_keeps_what_they_wrote(
    console: Console,
) -> None:
    world = console.world
    connection = await world.connection(own_domains=["example.org"])
    path = f"/connections/{connection['id']}/change"
    await console.post(path, settings_of(connection, own_domains="first.example"), role="admin")

    late = await console.post(path, settings_of(connection, own_domains="second.example"), role="admin")
    version = re.search(r'name="version" value="(\d+)"', late.text)
    assert version is not None
    again = await console.post(
        path, settings_of(connection, own_domains="second.example", version=version[1]), role="admin"
    )

    assert late.status_code == 412
    assert "Somebody changed this since you read it." in said(late)
    assert "<dd>first.example</dd>" in late.text
    assert "second.example</textarea>" in late.text
    assert again.status_code == 303
    assert (await read(world, connection))["own_domains"] == ["second.example"]


async def test_a_viewer_is_offered_nothing_and_refused_what_they_send_all_the_same(console: Console) -> None:
    connection = await console.world.connection()
    path = f"/connections/{connection['id']}"

    text = await console.text(path, role="viewer")
    answers = [
        await console.post(f"{path}/check", role="approver"),
        await console.post(f"{path}/change", settings_of(connection, name="Mine"), role="approver"),
        await console.get(f"{path}/change", role="approver"),
    ]

    assert text.count('method="post"') == 1  # the sign-out
    assert f"{path}/change" not in text
    assert all(each.status_code == 403 and "needs the app role admin" in said(each) for each in answers)
    assert await read(console.world, connection) == connection
    assert await asked(console.world, connection["id"]) == []


async def test_connections_are_paged_and_the_address_of_a_page_can_be_shared(console: Console) -> None:
    part = fresh("paged")
    for number in range(26):
        await console.world.connection(name=f"{part} {number:02}")

    first = await console.get(f"/connections?name={part}")
    address = next_of(first)
    assert address is not None
    second = await console.get(address)

    shown = [re.findall(rf">({part} \d\d)</a>", each.text) for each in (first, second)]
    assert [len(each) for each in shown] == [25, 1]
    assert sorted([*shown[0], *shown[1]]) == [f"{part} {number:02}" for number in range(26)]
    assert (await console.get("/connections?cursor=nonsense")).status_code == 422


async def test_names_and_long_lists_are_text_that_stays_in_bounds(console: Console) -> None:
    domains = [f"d{number}.example.org" for number in range(40)]
    connection = await console.world.connection(name=f"{HOSTILE} {fresh('x')}", own_domains=domains)

    for path in ("/connections", f"/connections/{connection['id']}", f"/connections/{connection['id']}/change"):
        answer = await console.get(path, role="admin")
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in answer.text
    text = await console.text(f"/connections/{connection['id']}")
    assert f"<summary>40 domains</summary>{', '.join(domains)}</details>" in text


async def test_rooms_are_listed_by_the_connection_that_they_are_mapped_through(console: Console) -> None:
    world = console.world
    one, other = await world.mapped_space(), await world.mapped_space()

    answer = await console.get(f"/rooms?connection={one['mapping']['connection']}")

    assert one["name"] in answer.text
    assert other["name"] not in answer.text
    assert f'<option value="{one["mapping"]["connection"]}" selected>' in answer.text
    assert (await console.get("/rooms?connection=nonsense")).status_code == 422
    room = await console.text(f"/rooms/{one['id']}")
    assert f'href="/console/connections/{one["mapping"]["connection"]}"' in room


async def test_there_is_no_connection_of_an_unknown_id(console: Console) -> None:
    for path in ("", "/change", "/answers", "/answers/accept"):
        assert (await console.get(f"/connections/{unknown_id()}{path}", role="admin")).status_code == 404
    fields = settings_of({**await console.world.connection(), "version": 1})
    for path in ("/check", "/change", "/answers/accept/default"):
        answer = await console.post(f"/connections/{unknown_id()}{path}", fields, role="admin")
        assert answer.status_code == 404
        assert "There is no connection with this id." in answer.text
