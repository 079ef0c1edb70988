"""Signing in: the way to Microsoft and back, who somebody is then, and what is kept of it."""

import json
from dataclasses import replace
from datetime import timedelta
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import jwt
import pytest

from services.policy.api.keys import SHORTEST_PAUSE
from services.policy.commands.callers import Role
from services.policy.console.addresses import CALLBACK, ROOT, SIGN_IN
from services.policy.console.cookies import BROWSER, SESSION
from tests.integration.policy_console.console import (
    ADMINISTRATOR,
    ELSEWHERE,
    NOBODY,
    ORIGIN,
    SIGN_IN_HERE,
    VIEWER,
    Browser,
    ConsoleWorld,
    Rows,
    path_of,
    query_of,
    sentence,
)
from tests.support.proofs import certificate_pem


async def test_a_page_leads_to_the_login_service_with_pkce_state_and_nonce(browser: Browser) -> None:
    asked = query_of(await browser.to_login())
    assert asked["response_type"] == "code"
    assert "response_mode" not in asked
    assert asked["code_challenge_method"] == "S256"
    assert asked["code_challenge"]
    assert asked["state"]
    assert asked["nonce"]
    assert "offline_access" not in asked["scope"].split()


async def test_whoever_signs_in_gets_the_page_that_they_asked_for(browser: Browser) -> None:
    answer = await browser.sign_in(VIEWER, f"{ROOT}/?day=2027-03-01&room=Birch%20Hall")
    assert (answer.status_code, path_of(answer)) == (200, f"{ROOT}/?day=2027-03-01&room=Birch%20Hall")
    assert "<span>Viewer</span>" in (await browser.open(path_of(answer))).text


async def test_the_root_without_a_slash_is_the_start_page(browser: Browser) -> None:
    assert path_of(await browser.sign_in(VIEWER, ROOT)) == f"{ROOT}/"
    assert path_of(await browser.open(ROOT)) == f"{ROOT}/"


async def test_a_visitor_is_the_same_caller_as_by_the_api(console: ConsoleWorld, browser: Browser) -> None:
    await browser.sign_in(ADMINISTRATOR)
    await browser.send(f"{ROOT}/changes", {"csrf_token": await browser.token()})

    [(caller, _)] = console.changes
    claims = jwt.decode(await console.sim.api_token(ADMINISTRATOR), options={"verify_signature": False})
    assert caller.id == f"{claims['tid']}:{claims['oid']}"
    assert caller.roles == {Role.ADMIN}
    assert caller.name == "Administrator"


async def test_the_cookie_is_for_this_host_only_and_no_script_reads_it(browser: Browser) -> None:
    cookies = SimpleCookie()
    for header in (await browser.sign_in()).headers.get_list("set-cookie"):
        cookies.load(header)
    session = cookies[SESSION]
    assert SESSION.startswith("__Host-")
    assert (session["secure"], session["httponly"], session["samesite"].lower()) == (True, True, "lax")
    assert (session["path"], session["domain"], session["max-age"]) == ("/", "", "")


async def test_only_a_hash_of_the_session_is_kept(browser: Browser, rows: Rows) -> None:
    await browser.sign_in()
    [row] = await rows.all("console_sessions")
    session_id = str(browser.session_id)
    parts = [session_id[first : first + 8] for first in range(len(session_id) - 7)]
    assert parts
    assert not [part for part in parts if part in str(row) or part.encode() in row["id_hash"]]
    assert len(row["id_hash"]) == 32


async def test_a_sign_in_that_is_finished_leaves_nothing_behind(browser: Browser, rows: Rows) -> None:
    uri = await browser.to_login()
    [row] = await rows.all("console_sign_ins")
    assert query_of(uri)["state"].encode() not in row["state_hash"]

    await browser.come_back(uri, VIEWER)

    assert await rows.all("console_sign_ins") == []


async def test_whoever_has_signed_in_is_not_asked_again(browser: Browser) -> None:
    await browser.sign_in()
    answer = await browser.open(f"{SIGN_IN}?to={ROOT}/?day=1")
    assert path_of(answer) == f"{ROOT}/?day=1"


async def test_somebody_without_a_role_is_told_whom_to_ask_and_is_not_let_in(browser: Browser, rows: Rows) -> None:
    answer = await browser.sign_in(NOBODY)

    assert answer.status_code == 403
    said = sentence(answer)
    assert "You signed in as Somebody without a role" in said
    assert "Ask whoever administers Roomsync in Microsoft Entra to assign you one of admin, approver, viewer" in said
    assert await rows.all("console_sessions") == []
    assert path_of(await browser.open(f"{ROOT}/")) == SIGN_IN_HERE


@pytest.mark.parametrize("roles", [["service"], ["Admin"], ["owner"]], ids=str)
async def test_what_is_no_role_for_people_lets_nobody_in(
    console: ConsoleWorld, browser: Browser, rows: Rows, roles: list[str]
) -> None:
    await console.sim.set_people({"address": VIEWER, "name": "Viewer", "roles": roles})
    try:
        assert (await browser.sign_in(VIEWER)).status_code == 403
    finally:
        await restore_people(console)
    assert await rows.all("console_sessions") == []


async def test_somebody_without_a_role_can_sign_in_as_somebody_else(browser: Browser) -> None:
    answer = await browser.sign_in(NOBODY)
    assert f'href="{SIGN_IN}?who=another"' in answer.text

    uri = path_of(await browser.open(f"{SIGN_IN}?who=another"))

    assert query_of(uri)["prompt"] == "select_account"
    assert path_of(await browser.come_back(uri, VIEWER)) == f"{ROOT}/"


async def test_signing_in_as_somebody_without_a_role_ends_the_session_before(browser: Browser, rows: Rows) -> None:
    await browser.sign_in(ADMINISTRATOR)
    await browser.come_back(path_of(await browser.open(f"{SIGN_IN}?who=another")), NOBODY)
    assert await rows.all("console_sessions") == []


async def test_roles_are_read_anew_with_each_sign_in(console: ConsoleWorld, browser: Browser, rows: Rows) -> None:
    await browser.sign_in(VIEWER)
    await console.sim.set_people({"address": VIEWER, "name": "Viewer", "roles": ["approver", "viewer"]})
    try:
        await browser.come_back(path_of(await browser.open(f"{SIGN_IN}?who=another")), VIEWER)
    finally:
        await restore_people(console)
    [row] = await rows.all("console_sessions")
    assert row["roles"] == ["approver", "viewer"]


@pytest.mark.parametrize("retires", [False, True])
async def test_keys_may_rotate(console: ConsoleWorld, browser: Browser, other_browser: Browser, retires: bool) -> None:
    assert (await browser.sign_in()).status_code == 200
    await console.sim.rotate_keys(retires=retires)
    console.key_clock.ahead += 2 * SHORTEST_PAUSE
    assert (await other_browser.sign_in()).status_code == 200
    assert (await browser.open(f"{ROOT}/")).status_code == 200


@pytest.mark.parametrize(
    "flaw",
    [
        {"key": "foreign"},
        {"audience": "44444444-4444-4444-8444-444444444444"},
        {"tenant": "44444444-4444-4444-8444-444444444444"},
        {"expires_in": -120},
        {"nonce": "another"},
    ],
    ids=str,
)
async def test_an_id_token_that_is_not_for_this_sign_in_lets_nobody_in(
    console: ConsoleWorld, browser: Browser, rows: Rows, flaw: dict[str, Any]
) -> None:
    async with console.sim.flawed_id_tokens(**flaw):
        answer = await browser.sign_in()
    assert answer.status_code == 403
    assert "Sign in again" in sentence(answer)
    assert await rows.all("console_sessions") == []


async def test_whoever_cancels_is_told_that_they_did_not_sign_in(browser: Browser) -> None:
    cancelled = await browser.login_page.cancel(await browser.to_login())
    answer = await browser.open(str(cancelled.location).partition("rooms.example.org")[2])
    assert answer.status_code == 403
    assert "You chose not to sign in" in sentence(answer)
    assert f'href="{SIGN_IN}"' in answer.text


async def test_a_secret_that_microsoft_refuses_is_told_with_its_number(console: ConsoleWorld, browser: Browser) -> None:
    uri, secret = await browser.to_login(), console.secret_file.read_text()
    console.secret_file.write_text("a guess that nobody must read")
    try:
        answer = await browser.come_back(uri, VIEWER)
    finally:
        console.secret_file.write_text(secret)
    assert answer.status_code == 403
    assert "AADSTS7000215" in sentence(answer)
    assert "a guess" not in answer.text


async def test_a_login_service_that_is_away_is_told_as_such(console: ConsoleWorld, browser: Browser) -> None:
    uri = await browser.to_login()
    async with console.sim.faults({"match": {"path": "/token$"}, "effect": {"reset": True}}):
        answer = await browser.come_back(uri, VIEWER)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "try again in a moment" in sentence(answer)


async def test_a_credential_that_is_not_there_is_told_without_its_details(
    console: ConsoleWorld, browser: Browser
) -> None:
    secret = console.secret_file.read_text()
    console.secret_file.unlink()
    try:
        answer = await browser.open(SIGN_IN)
    finally:
        console.secret_file.write_text(secret)
    assert answer.status_code == 503
    assert "Microsoft cannot be asked" in sentence(answer)
    assert "secret" not in answer.text.lower()


async def test_a_secret_may_stand_in_the_file_with_the_day_on_which_it_expires(
    console: ConsoleWorld, browser: Browser
) -> None:
    secret = console.secret_file.read_text()
    console.secret_file.write_text(json.dumps({"secret": secret, "expires": "2099-12-31"}))
    try:
        assert path_of(await browser.sign_in()) == f"{ROOT}/"
    finally:
        console.secret_file.write_text(secret)


async def test_the_console_may_prove_itself_by_a_certificate(
    console: ConsoleWorld, browser: Browser, tmp_path: Path
) -> None:
    pem = certificate_pem()
    made = await console.sim.register_web_application(f"{ORIGIN}{CALLBACK}", certificate=pem)
    (tmp_path / "console").write_text(pem)
    login = replace(console.console.state.sign_in.login, client_id=made["client_id"], secrets_dir=tmp_path)

    flow = await login.begin(asks_who=False)
    chosen = await browser.login_page.choose(flow["auth_uri"], VIEWER)
    token = await login.finish(flow, query_of(str(chosen.location)))

    assert jwt.decode(token, options={"verify_signature": False})["aud"] == made["client_id"]


async def test_an_answer_in_another_browser_is_of_no_use(browser: Browser, other_browser: Browser, rows: Rows) -> None:
    chosen = await browser.login_page.choose(await browser.to_login(), VIEWER)
    await other_browser.to_login()
    answer = await other_browser.open(str(chosen.location).partition("rooms.example.org")[2])
    assert answer.status_code == 400
    assert "another browser" in sentence(answer)
    assert await rows.all("console_sessions") == []


async def test_an_answer_without_a_sign_in_begun_is_of_no_use(browser: Browser) -> None:
    for query in ("", "?code=a", "?code=a&state=b", "?error=access_denied&state=", f"?state={'x' * 5000}&code=a"):
        answer = await browser.open(f"{CALLBACK}{query}")
        assert answer.status_code == 400
        assert "Sign in again" in sentence(answer)


async def test_an_answer_counts_once(browser: Browser, rows: Rows) -> None:
    chosen = await browser.login_page.choose(await browser.to_login(), VIEWER)
    path = str(chosen.location).partition("rooms.example.org")[2]
    await browser.open(path)
    [before] = await rows.all("console_sessions")

    answer = await browser.open(path)

    assert path_of(answer) == f"{ROOT}/"
    assert [row["id_hash"] for row in await rows.all("console_sessions")] == [before["id_hash"]]


async def test_an_answer_that_comes_too_late_is_of_no_use(browser: Browser, rows: Rows) -> None:
    chosen = await browser.login_page.choose(await browser.to_login(), VIEWER)
    await rows.age_sign_ins(timedelta(minutes=15))
    answer = await browser.open(str(chosen.location).partition("rooms.example.org")[2])
    assert answer.status_code == 400
    assert "longer than 15 minutes" in sentence(answer)


async def test_two_tabs_may_sign_in_at_once(browser: Browser) -> None:
    first, second = await browser.to_login(f"{ROOT}/?tab=1"), await browser.to_login(f"{ROOT}/?tab=2")
    assert path_of(await browser.come_back(second, VIEWER)) == f"{ROOT}/?tab=2"
    assert path_of(await browser.come_back(first, VIEWER)) == f"{ROOT}/?tab=1"
    assert (await browser.open(f"{ROOT}/")).status_code == 200


async def test_the_cookie_of_a_browser_in_which_somebody_signs_in_is_as_safe(browser: Browser) -> None:
    cookie = SimpleCookie((await browser.open(SIGN_IN)).headers["set-cookie"])[BROWSER]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"].lower()) == (True, True, "lax")
    assert (cookie["path"], cookie["domain"], cookie["max-age"]) == ("/", "", "900")


async def test_a_session_that_was_known_before_is_of_no_use_after_signing_in(
    browser: Browser, other_browser: Browser, rows: Rows
) -> None:
    await browser.sign_in(VIEWER)
    known = str(browser.session_id)
    other_browser.http.cookies.set(SESSION, known, domain="rooms.example.org")

    await other_browser.come_back(path_of(await other_browser.open(f"{SIGN_IN}?who=another")), ADMINISTRATOR)

    assert other_browser.session_id != known
    assert path_of(await browser.open(f"{ROOT}/")) == SIGN_IN_HERE
    [row] = await rows.all("console_sessions")
    assert row["name"] == "Administrator"


async def test_an_id_that_was_planted_is_not_taken_over(browser: Browser) -> None:
    browser.http.cookies.set(SESSION, "planted", domain="rooms.example.org")
    assert path_of(await browser.open(f"{ROOT}/")) == SIGN_IN_HERE
    await browser.sign_in()
    assert browser.session_id != "planted"


@pytest.mark.parametrize(
    "to",
    [
        ELSEWHERE,
        f"//evil.example{ROOT}/",
        f"{ROOT}//evil.example",
        f"{ROOT}/..//evil.example",
        f"{ROOT}/../v1/spaces",
        f"{ROOT}/%2e%2e/v1/spaces",
        f"{ROOT}\\evil.example",
        f"{ROOT}.evil.example/",
        "/v1/spaces",
        f"/\\evil.example{ROOT}/",
        f"{ROOT}/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        f"{SIGN_IN}?to={ROOT}/",
        f"{ROOT}/sign-out",
        f"{ROOT}/{'x' * 3000}",
        "",
    ],
    ids=lambda to: str(to)[:40],
)
async def test_signing_in_leads_nowhere_but_to_pages_of_the_console(browser: Browser, to: str) -> None:
    answer = await browser.http.get(SIGN_IN, params={"to": to})
    assert path_of(await browser.come_back(path_of(answer), VIEWER)) == f"{ROOT}/"
    again = await browser.http.get(SIGN_IN, params={"to": to})
    assert path_of(again) == f"{ROOT}/"


async def restore_people(console: ConsoleWorld) -> None:
    """Have those again who were there first."""
    await console.sim.set_people(
        *(
            {"address": f"{name.lower()}@example.org", "name": name, "roles": [role]}
            for name, role in (("Administrator", "admin"), ("Approver", "approver"), ("Viewer", "viewer"))
        ),
        {"address": NOBODY, "name": "Somebody without a role", "roles": []},
    )
