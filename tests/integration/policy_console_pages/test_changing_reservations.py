"""Move, change and cancel reservations in the console: what is said beforehand, what becomes of it, what comes back."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.integration.policy_api.asking import asking_space, reservation_of
from tests.integration.policy_api.declining import meeting, seen
from tests.integration.policy_api.groups import dates_of, holds_of, make_group
from tests.integration.policy_api.world import at
from tests.integration.policy_console_pages.console import Console, said, unknown_id

BERLIN = ZoneInfo("Europe/Berlin")


def local(hour: float) -> str:
    """Return an instant as a form has it, by the clock of the room."""
    return datetime.fromisoformat(at(hour)).astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M")


async def a_booking(console: Console, **changed: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    space = await console.world.mapped_space()
    return space, await console.world.reservation(space["id"], 9, 10, **changed)


def fields_of(made: Mapping[str, Any], start: float, end: float, **changed: str) -> dict[str, str]:
    """Return the form as a browser sends it."""
    people = str(made["attendee_count"])
    fields = {"version": str(made["version"]), "start": local(start), "end": local(end), "title": made["title"]}
    return {**fields, "people": people, "organizer_name": "", "organizer_email": "", **changed}


async def test_a_change_says_what_it_will_do_and_changes_nothing_by_that(console: Console) -> None:
    space, made = await a_booking(console)
    before = await console.world.everything()

    answer = await console.post(
        f"/reservations/{made['id']}/change", {**fields_of(made, 11, 12), "action": "check"}, role="admin"
    )

    assert answer.status_code == 200
    assert "The booking will be changed to what is asked for, and its old time becomes free." in said(answer)
    assert "In Outlook, an event of its own on the room's calendar shows the booking." in said(answer)
    assert "Change it" in said(answer)
    assert f'value="{local(11)}"' in answer.text
    assert await console.world.everything() == before
    assert len(await holds_of(console.world, space)) == 1


async def test_a_change_is_made_and_outlook_is_told(console: Console) -> None:
    space, made = await a_booking(console)
    fields = fields_of(
        made, 11, 12, title="Review", people="5", organizer_name="Ada", organizer_email="ada@example.org"
    )

    answer = await console.post(f"/reservations/{made['id']}/change", {**fields, "action": "save"}, role="admin")

    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/reservations/{made['id']}"
    after = await reservation_of(console.world, made)
    assert (after["start"], after["end"], after["title"]) == (at(11), at(12), "Review")
    assert (after["attendee_count"], after["organizer"]["email"]) == (5, "ada@example.org")
    assert after["changed_by"]["name"] == "Grace the admin"
    assert (await holds_of(console.world, space))[-1]["window"]["start"] == at(11)


async def test_a_time_that_is_taken_comes_back_with_reasons_and_alternatives(console: Console) -> None:
    space, made = await a_booking(console)
    await console.world.reservation(space["id"], 11, 12, title="Review")
    for action in ("check", "save"):
        answer = await console.post(
            f"/reservations/{made['id']}/change", {**fields_of(made, 11, 12), "action": action}, role="admin"
        )

        assert answer.status_code == 409
        assert "It cannot be changed like that" in said(answer)
        assert "It is taken" in said(answer)
        assert f'value="{local(11)}"' in answer.text
        found = re.search(rf'href="(/console/reservations/{made["id"]}/change\?[^"]+)"', answer.text)
        assert found is not None
        again = await console.get(found[1].replace("&amp;", "&").removeprefix("/console"), role="admin")
        assert again.status_code == 200
        assert f'value="{local(11)}"' not in again.text
    assert (await reservation_of(console.world, made))["start"] == at(9)


async def test_what_needs_approval_is_asked_and_said_so_beforehand(console: Console) -> None:
    space = await asking_space(console.world)
    made = await console.world.reservation(space["id"], 9, 10, override_reason="Open day")
    path, fields = f"/reservations/{made['id']}/change", fields_of(made, 11, 12)

    checked = await console.post(path, {**fields, "action": "check"}, role="admin")
    await console.post(path, {**fields, "action": "save"}, role="admin")

    assert "Administrators will be asked, and the booking stays as it is until they decide." in said(checked)
    assert "Nothing changes in Outlook." in said(checked)
    after = await reservation_of(console.world, made)
    assert after["start"] == at(9)
    assert after["requested_change"]["start"] == at(11)


async def test_an_administrator_may_have_a_rule_broken_for_a_reason(console: Console) -> None:
    space = await asking_space(console.world)
    made = await console.world.reservation(space["id"], 9, 10, override_reason="Open day")
    fields = fields_of(made, 11, 12, override_reason="The mayor comes", action="save")

    await console.post(f"/reservations/{made['id']}/change", fields, role="admin")

    after = await reservation_of(console.world, made)
    assert (after["start"], after["decision"]["override_reason"]) == (at(11), "The mayor comes")


async def test_who_comes_second_learns_who_was_first_and_what_is_there_now(console: Console) -> None:
    _, made = await a_booking(console)
    path = f"/reservations/{made['id']}/change"
    await console.post(path, {**fields_of(made, 11, 12, title="First"), "action": "save"}, role="admin")

    answer = await console.post(path, {**fields_of(made, 13, 14, title="Second"), "action": "save"}, role="admin")
    cancelled = await console.post(
        f"/reservations/{made['id']}/cancel", {"version": str(made["version"]), "comment": "Too late"}, role="admin"
    )

    for each in (answer, cancelled):
        assert each.status_code == 412
        assert "Grace the admin was first." in said(each)
        assert "called First" in said(each)
        assert 'name="version" value="2"' in each.text
    assert 'value="Second"' in answer.text
    assert "Too late" in cancelled.text
    after = await reservation_of(console.world, made)
    assert (after["title"], after["status"]) == ("First", "confirmed")


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"start": "soon"}, "This is no time: a day and a time of day."),
        ({"end": local(8)}, "This does not lie after start"),
        ({"people": "many"}, "This is no whole number: a number such as 12."),
        ({"title": ""}, "This cannot be used"),
        ({"title": "x" * 256}, "This is too long"),
        ({"organizer_email": "ada"}, "A mail address looks like name@example.org"),
        ({"organizer_name": "Ada"}, "This is missing"),
        ({"scope": "some"}, "Choose which dates of the series are meant."),
        ({}, "Nothing is different from what is booked."),
    ],
)
async def test_what_cannot_be_used_comes_back_with_a_sentence_at_its_field(
    console: Console, changed: dict[str, str], sentence: str
) -> None:
    _, made = await a_booking(console)
    fields = {**fields_of(made, 9, 10), **changed, "action": "save"}

    answer = await console.post(f"/reservations/{made['id']}/change", fields, role="admin")

    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "Nothing" in said(answer)
    for value in (text for name, text in changed.items() if name != "scope"):
        assert f'value="{value}"' in answer.text
    assert (await reservation_of(console.world, made))["version"] == 1


async def test_of_a_meeting_in_outlook_only_the_time_can_be_changed_and_it_is_proposed(console: Console) -> None:
    space = await console.world.mapped_space()
    await seen(console.world, space, meeting())
    [made] = (await console.world.call("GET", f"/v1/reservations?space_id={space['id']}")).json()["items"]
    path = f"/reservations/{made['id']}/change"
    start = datetime.fromisoformat(made["start"]) + timedelta(hours=3)
    times = [each.astimezone(BERLIN).strftime("%Y-%m-%dT%H:%M") for each in (start, start + timedelta(hours=1))]
    fields = {"version": str(made["version"]), "start": times[0], "end": times[1], "title": "Mine"}

    form = await console.text(path, role="admin")
    checked = await console.post(path, {**fields, "action": "check"}, role="admin")
    saved = await console.post(path, {**fields, "action": "save"}, role="admin")

    assert 'name="title"' not in form
    assert "its title and its people are its organizer's" in form
    assert "In Outlook, the new time is proposed to the organizer" in said(checked)
    assert saved.status_code == 303
    after = await reservation_of(console.world, made)
    assert after["title"] == made["title"]
    assert after["proposed_change"] is not None
    assert (await holds_of(console.world, space))[-2]["answer"] == "tentativelyAccepted"


async def test_cancelling_says_what_it_will_do_and_does_it(console: Console) -> None:
    space, made = await a_booking(console)
    page = await console.text(f"/reservations/{made['id']}/cancel", role="admin")
    assert (await reservation_of(console.world, made))["status"] == "confirmed"

    fields = {"version": str(made["version"]), "comment": "The hall is <b>closed</b>"}
    answer = await console.post(f"/reservations/{made['id']}/cancel", fields, role="admin")

    assert "The booking will be cancelled, and its time becomes free." in page
    assert "In Outlook, the event that holds the time leaves the room's calendar. Outlook mails nobody." in page
    assert answer.status_code == 303
    assert (await reservation_of(console.world, made))["status"] == "cancelled"
    assert (await holds_of(console.world, space))[-1]["want"] == "no_hold"
    shown = (await console.get(f"/reservations/{made['id']}")).text
    assert "The hall is &lt;b&gt;closed&lt;/b&gt;" in shown


async def test_of_a_series_each_choice_of_dates_says_what_it_will_do(console: Console) -> None:
    space = await console.world.mapped_space()
    group = await make_group(console.world, space)
    _, second, *_ = await dates_of(console.world, group)

    page = await console.text(f"/reservations/{second['id']}/cancel", role="admin")
    fields = {"version": str(second["version"]), "scope": "following"}
    answer = await console.post(f"/reservations/{second['id']}/cancel", fields, role="admin")

    assert "The booking will be cancelled, and its time becomes free." in page
    assert "3 dates will be cancelled, and their times become free." in page
    assert "4 dates will be cancelled, and their times become free." in page
    assert "In Outlook, one recurring event on the room's calendar shows the dates." in page
    assert "In Outlook, the event that holds the time leaves the room's calendar." in page
    assert answer.status_code == 303
    states = [each["status"] for each in await dates_of(console.world, group)]
    assert states == ["confirmed", "cancelled", "cancelled", "cancelled"]


async def test_several_dates_of_a_series_are_moved_by_as_much(console: Console) -> None:
    space = await console.world.mapped_space()
    group = await make_group(console.world, space)
    first, *_ = await dates_of(console.world, group)
    in_utc = {"start": at(10)[:16], "end": at(11)[:16]}  # the series is in UTC, and so is its form
    fields = {**fields_of(first, 10, 11), **in_utc, "scope": "all"}

    checked = await console.post(f"/reservations/{first['id']}/change", {**fields, "action": "check"}, role="admin")
    await console.post(f"/reservations/{first['id']}/change", {**fields, "action": "save"}, role="admin")

    assert "In Outlook, one recurring event on the room's calendar shows the dates." in said(checked)
    assert {each["start"][11:16] for each in await dates_of(console.world, group)} == {"10:00"}


async def test_a_cancellation_that_comes_too_late_says_so_and_may_be_allowed(console: Console) -> None:
    space, made = await a_booking(console)
    rule = {"kind": "change_cut_off", "parameters": {"change_minutes": 10_000, "cancel_minutes": 10_000}}
    await console.world.made("/v1/policies", {**rule, "attach": {"scope": "space", "id": space["id"]}})
    path, fields = f"/reservations/{made['id']}/cancel", {"version": str(made["version"]), "comment": "Ill"}

    page = await console.text(path, role="admin")
    refused = await console.post(path, fields, role="admin")
    allowed = await console.post(path, {**fields, "override_reason": "Fire"}, role="admin")

    assert "The rules refuse it:" in page
    assert refused.status_code == 409
    assert "It cannot be cancelled like that" in said(refused)
    assert ">Ill</textarea>" in refused.text
    assert allowed.status_code == 303
    assert (await reservation_of(console.world, made))["status"] == "cancelled"


@pytest.mark.parametrize("role", ["viewer", "approver"])
async def test_who_may_only_read_changes_nothing(console: Console, role: str) -> None:
    _, made = await a_booking(console)
    for action in ("change", "cancel"):
        path = f"/reservations/{made['id']}/{action}"
        for answer in (await console.get(path, role), await console.post(path, fields_of(made, 11, 12), role)):
            assert answer.status_code == 403
            assert "needs the app role admin or service" in said(answer)
    assert (await reservation_of(console.world, made))["version"] == 1


async def test_an_id_that_nothing_has_is_answered_with_a_page(console: Console) -> None:
    for action in ("change", "cancel"):
        path = f"/reservations/{unknown_id()}/{action}"
        for answer in (await console.get(path, "admin"), await console.post(path, {"comment": "x"}, "admin")):
            assert answer.status_code == 404
            assert "There is no reservation with this id." in said(answer)


async def test_a_forged_form_changes_nothing(console: Console) -> None:
    _, made = await a_booking(console)
    fields = {**fields_of(made, 11, 12), "action": "save", "csrf_token": "forged"}

    answer = await console.post(f"/reservations/{made['id']}/change", fields, role="admin")

    assert answer.status_code == 403
    assert (await reservation_of(console.world, made))["version"] == 1
