"""Changes: none is made but from a page of ours in the session that it belongs to, and what was refused is not lost."""

from datetime import timedelta

import httpx2
import pytest

from services.policy.console.addresses import ROOT, SIGN_IN, SIGN_OUT
from services.policy.console.csrf import MOST_BYTES
from tests.integration.policy_console.console import (
    ADMINISTRATOR,
    APPROVER,
    ELSEWHERE,
    IDLE,
    ORIGIN,
    VIEWER,
    Browser,
    ConsoleWorld,
    Rows,
    field_in,
    sentence,
)

CHANGES = f"{ROOT}/changes"
WRITTEN = {"comment": 'A "note" <b>with marks</b>, two\r\nlines and ümlauts', "choice": "a"}


@pytest.fixture
async def signed_in(browser: Browser) -> Browser:
    await browser.sign_in(VIEWER)
    return browser


def assert_not_shown_again(answer: httpx2.Response) -> None:
    """Check that an answer has nothing of what was sent, and nothing to send it again with."""
    assert "ümlauts" not in answer.text
    assert "Send again" not in answer.text


async def test_a_form_with_the_token_of_its_page_is_carried_out(console: ConsoleWorld, signed_in: Browser) -> None:
    answer = await signed_in.send(CHANGES, {**WRITTEN, "csrf_token": await signed_in.token()})
    assert answer.text == "done"
    [(caller, fields)] = console.changes
    assert caller.name == "Viewer"
    assert fields.items() >= WRITTEN.items()


async def test_the_token_may_be_in_a_header(console: ConsoleWorld, signed_in: Browser) -> None:
    answer = await signed_in.send(CHANGES, WRITTEN, x_csrf_token=await signed_in.token())
    assert answer.text == "done"
    assert console.changes[0][1] == WRITTEN


async def test_a_browser_that_does_not_say_where_a_form_comes_from_is_believed_by_the_token(
    console: ConsoleWorld, signed_in: Browser
) -> None:
    token = await signed_in.token()
    assert (await signed_in.send(CHANGES, {"csrf_token": token}, origin="", sec_fetch_site="")).text == "done"
    refused = await signed_in.send(CHANGES, WRITTEN, origin="", sec_fetch_site="")
    assert refused.status_code == 403
    assert_not_shown_again(refused)
    assert len(console.changes) == 1


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"origin": ELSEWHERE},
        {"origin": "null"},
        {"origin": "http://rooms.example.org"},
        {"origin": f"{ORIGIN}.evil.example"},
        {"origin": "", "sec_fetch_site": "cross-site"},
        {"origin": "", "sec_fetch_site": "same-site"},
        {"sec_fetch_site": "cross-site"},
        {"sec_fetch_site": "none"},
    ],
    ids=str,
)
async def test_a_form_from_elsewhere_changes_nothing_and_shows_nothing_even_with_the_token(
    console: ConsoleWorld, signed_in: Browser, elsewhere: dict[str, str]
) -> None:
    for fields in (WRITTEN, {**WRITTEN, "csrf_token": await signed_in.token()}):
        answer = await signed_in.send(CHANGES, fields, **elsewhere)
        assert answer.status_code == 403
        assert "Another site asked" in sentence(answer)
        assert_not_shown_again(answer)
    assert console.changes == []


@pytest.mark.parametrize("token", ["", "a guess", "0" * 64, "ü"], ids=str)
async def test_a_forged_token_changes_nothing(console: ConsoleWorld, signed_in: Browser, token: str) -> None:
    answer = await signed_in.send(CHANGES, {**WRITTEN, "csrf_token": token})
    assert answer.status_code == 403
    assert "nothing was changed" in sentence(answer)
    assert console.changes == []


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
async def test_every_method_that_changes_needs_the_token(
    console: ConsoleWorld, signed_in: Browser, method: str
) -> None:
    answer = await signed_in.http.request(method, CHANGES, headers={"origin": ORIGIN})
    assert answer.status_code == 403
    token = await signed_in.token()
    answer = await signed_in.http.request(method, CHANGES, headers={"origin": ORIGIN, "x-csrf-token": token})
    assert answer.text == "done"
    assert len(console.changes) == 1


async def test_the_token_of_somebody_else_changes_nothing(
    console: ConsoleWorld, signed_in: Browser, other_browser: Browser
) -> None:
    await other_browser.sign_in(ADMINISTRATOR)
    answer = await other_browser.send(CHANGES, {**WRITTEN, "csrf_token": await signed_in.token()})
    assert answer.status_code == 403
    assert console.changes == []


async def test_the_token_of_an_earlier_session_changes_nothing(
    console: ConsoleWorld, signed_in: Browser, rows: Rows
) -> None:
    old = await signed_in.token()
    await signed_in.send(SIGN_OUT, {"csrf_token": old})
    await signed_in.sign_in(VIEWER)
    answer = await signed_in.send(CHANGES, {**WRITTEN, "csrf_token": old})
    assert answer.status_code == 403
    assert console.changes == []


async def test_a_form_that_came_too_late_can_be_sent_again_after_signing_in_in_another_tab(
    console: ConsoleWorld, signed_in: Browser, rows: Rows
) -> None:
    old = await signed_in.token()
    await rows.age_sessions(IDLE)

    expired = await signed_in.send(f"{CHANGES}?page=2", {**WRITTEN, "csrf_token": old})
    assert expired.status_code == 401
    assert "Sign in in another tab, come back to this one, and send again" in sentence(expired)
    assert f'href="{SIGN_IN}"' in expired.text
    assert f'action="{CHANGES}?page=2"' in expired.text
    assert "csrf_token" not in expired.text
    kept = {name: field_in(expired, name) for name in WRITTEN}
    assert kept == WRITTEN

    await signed_in.sign_in(APPROVER)
    asked = await signed_in.send(CHANGES, kept)
    assert asked.status_code == 403
    assert "as whoever you are signed in as now" in sentence(asked)
    assert console.changes == []

    sent = await signed_in.send(CHANGES, {**kept, "csrf_token": field_in(asked, "csrf_token")})
    assert sent.text == "done"
    assert console.changes[0][0].name == "Approver"


async def test_a_form_that_came_too_late_from_elsewhere_is_not_shown_again(
    console: ConsoleWorld, browser: Browser
) -> None:
    answer = await browser.send(CHANGES, WRITTEN, origin=ELSEWHERE, sec_fetch_site="cross-site")
    assert answer.status_code == 403
    assert_not_shown_again(answer)
    silent = await browser.send(CHANGES, WRITTEN, origin="", sec_fetch_site="")
    assert silent.status_code == 401
    assert_not_shown_again(silent)


async def test_forms_of_two_tabs_have_the_same_token(console: ConsoleWorld, signed_in: Browser) -> None:
    first, second = await signed_in.token(), await signed_in.token()
    for token in (second, first):
        assert (await signed_in.send(CHANGES, {"csrf_token": token})).text == "done"
    assert len(console.changes) == 2


async def test_signing_out_from_elsewhere_signs_nobody_out(signed_in: Browser, rows: Rows) -> None:
    await signed_in.send(SIGN_OUT, {}, origin=ELSEWHERE, sec_fetch_site="cross-site")
    await signed_in.send(SIGN_OUT, {})
    assert len(await rows.all("console_sessions")) == 1


async def test_a_form_that_is_too_large_is_not_read(console: ConsoleWorld, signed_in: Browser) -> None:
    fields = {"csrf_token": await signed_in.token(), "comment": "x" * MOST_BYTES}
    answer = await signed_in.send(CHANGES, fields)
    assert answer.status_code == 413
    assert "Go back and write less" in sentence(answer)
    assert console.changes == []


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"csrf_token=%ff", b"&".join([b"a=b"] * 300), b'{"csrf_token": "x"}'],
    ids=str,
)
async def test_what_is_no_form_changes_nothing(console: ConsoleWorld, signed_in: Browser, body: bytes) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": ORIGIN}
    answer = await signed_in.http.post(CHANGES, content=body, headers=headers)
    assert answer.status_code == 403
    assert console.changes == []


async def test_an_expired_session_changes_nothing(console: ConsoleWorld, signed_in: Browser, rows: Rows) -> None:
    token = await signed_in.token()
    await rows.age_sessions(IDLE - timedelta(seconds=5))
    assert (await signed_in.send(CHANGES, {"csrf_token": token})).text == "done"
    await rows.age_sessions(IDLE)
    assert (await signed_in.send(CHANGES, {"csrf_token": token})).status_code == 401
    assert len(console.changes) == 1
