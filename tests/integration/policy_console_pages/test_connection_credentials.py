"""The credentials of a connection in the console: named, exchanged and taken away by their names alone."""

import re
from typing import Any

import pytest

from tests.integration.policy_console_pages.console import Console, said
from tests.integration.policy_console_pages.test_connecting import SECRET
from tests.integration.policy_console_pages.test_connections import credential, read


def named(connection: dict[str, Any], first: str, second: str = "") -> dict[str, str]:
    """Return the fields of the form that names credentials."""
    return {"credential": first, "second_credential": second, "version": str(connection["version"])}


def form_without(page: str, name: str) -> str:
    """Return the form of a page that takes a credential away."""
    return page.partition(f"Take {name} away</h2>")[2].partition("</form>")[0]


async def test_a_second_credential_is_named_and_the_first_is_taken_away(console: Console) -> None:
    world = console.world
    connection = await world.connection(credential="old")
    path = f"/connections/{connection['id']}"

    before = await console.text(f"{path}/credentials", role="admin")
    answer = await console.post(f"{path}/credentials", named(connection, "old", "new"), role="admin")
    both = await read(world, connection)
    offered = await console.get(f"{path}/credentials", role="admin")
    without = re.search(
        r'name="credential" value="(new)">.*?<button[^>]*>Take old away</button>', offered.text, re.DOTALL
    )
    assert without is not None
    taken = await console.post(f"{path}/credentials", {"credential": without[1], "version": "2"}, role="admin")

    assert "Its file is read within seconds" in before
    assert "name the new one as the second, wait until its row shows no problem" in before
    assert "Take old away" not in before
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console{path}?named=now")
    assert (both["credentials"], both["version"]) == (["old", "new"], 2)
    assert taken.status_code == 303
    assert (await read(world, connection))["credentials"] == ["new"]


async def test_what_taking_a_credential_away_leaves_is_said_before(console: Console) -> None:
    world = console.world
    connection = await world.connection(credential="old", credentials=["old", "new"])
    path = f"/connections/{connection['id']}/credentials"
    unread = await console.text(path, role="admin")
    await credential(world, connection, "old", "secret", days=5)
    await credential(world, connection, "new", problem="Microsoft refuses it.")
    known = await console.text(path, role="admin")

    assert "Then only new is named, and whether it works is not known yet." in form_without(unread, "old")
    without_old, without_new = form_without(known, "old"), form_without(known, "new")
    assert "Then only new is named, and it does not work now: Microsoft refuses it." in without_old
    assert "nothing is taken for cancelled" in without_old
    assert "Then only old is named. Nothing is known against it." in without_new
    assert "nothing is taken for cancelled" not in without_new
    assert "in 5 days" in known


async def test_the_connection_shows_by_itself_how_named_credentials_are_doing(console: Console) -> None:
    world = console.world
    connection = await world.connection(credential="old", credentials=["old", "new"])
    path = f"/connections/{connection['id']}"
    await credential(world, connection, "old")

    waiting = await console.get(f"{path}?named=now", role="admin")
    await credential(world, connection, "new", problem="Its file is empty.")
    known = await console.get(f"{path}?named=now", role="admin")

    assert f'hx-get="/console{path}?named=now" hx-trigger="every 2s"' in waiting.text
    assert "every 2s" not in known.text
    assert "Its file is empty." in said(known)
    assert "every 2s" not in (await console.get(path, role="admin")).text


@pytest.mark.parametrize(
    ("first", "second", "name", "sentence"),
    [
        ("", "", "credential", "First credential is missing: This field is required."),
        ("same", "same", "second_credential", "Second credential cannot be used: Two credentials have two names."),
        (SECRET, "", "credential", "First credential cannot be used: The name of a secret"),
        ("old", SECRET, "second_credential", "is not shown again, in case it was a secret"),
    ],
)
async def test_names_that_cannot_be_used_are_refused_at_their_field(
    console: Console, first: str, second: str, name: str, sentence: str
) -> None:
    connection = await console.world.connection(credential="old")

    sent = named(connection, first, second)
    answer = await console.post(f"/connections/{connection['id']}/credentials", sent, role="admin")

    assert answer.status_code == 422
    assert sentence in said(answer)
    field = re.search(rf'<input id="{name}"[^>]*>', answer.text)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert 'value=""' in field[0]
    assert SECRET not in answer.text
    assert await read(console.world, connection) == connection


async def test_of_two_administrators_the_second_sees_which_credentials_the_first_named(console: Console) -> None:
    world = console.world
    connection = await world.connection(credential="old")
    path = f"/connections/{connection['id']}/credentials"
    await console.post(path, named(connection, "first"), role="admin")

    late = await console.post(path, named(connection, "second"), role="admin")
    again = await console.post(path, {**named(connection, "second"), "version": "2"}, role="admin")

    assert late.status_code == 412
    assert "Sending it replaces what is named now: first." in said(late)
    assert re.search(r'<input id="credential"[^>]* value="second"', late.text)
    assert again.status_code == 303
    assert (await read(world, connection))["credentials"] == ["second"]
