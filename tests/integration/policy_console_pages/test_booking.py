"""Book a space in the console: choose it, see what would be decided, book it once or again and again."""

import re
from html import unescape
from typing import Any

import pytest

from tests.integration.policy_api.asking import asking_space
from tests.integration.policy_api.groups import dates_of, holds_of
from tests.integration.policy_api.world import at, fresh
from tests.integration.policy_console_pages.console import Console, said, unknown_id
from tests.integration.policy_console_pages.test_changing_reservations import local

NEW = "/reservations/new"
HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"


def fields_for(space: dict[str, Any], start: float = 9, end: float = 10, **changed: str) -> dict[str, str]:
    """Return the form as a browser sends it."""
    fields = {"space": space["id"], "start": local(start), "end": local(end), "title": "Open day", "people": "3"}
    return {**fields, "organizer_name": "Ada", "organizer_email": "ada@example.org", **changed}


async def reservations_of(console: Console, space: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await console.world.call("GET", f"/v1/reservations?space_id={space['id']}")).json()[
        "items"
    ]
    return found


async def test_a_space_is_chosen_among_many_by_a_part_of_its_name(console: Console) -> None:
    part = fresh("Atrium")
    spaces = [await console.world.space(name=f"{part} {number:02}") for number in range(26)]

    first = await console.get(f"{NEW}?q={part.lower()}&title=Open+day", role="admin")
    found = re.search(r'<a href="([^"]+)" rel="next"', first.text)
    assert found is not None
    second = await console.get(unescape(found[1]).removeprefix("/console"), role="admin")

    assert f"{NEW}?title=Open+day&amp;space={spaces[0]['id']}" in first.text
    assert spaces[25]["name"] not in first.text
    assert spaces[25]["name"] in second.text
    assert "No space has this in its name." in await console.text(f"{NEW}?q={part}x", role="admin")


async def test_an_address_fills_the_form_by_the_clock_of_the_room(console: Console) -> None:
    space = await console.world.space()

    text = await console.text(f"{NEW}?space={space['id']}&start={at(9)}&end={at(10)}&title=Review", role="admin")
    odd = await console.text(f"{NEW}?space={space['id']}&start=soon", role="admin")

    assert f"Book {space['name']}" in text
    assert f'value="{local(9)}"' in text
    assert f'value="{local(10)}"' in text
    assert 'value="Review"' in text
    assert "By the clock of the room: Europe/Berlin" in text
    assert "soon" not in odd


async def test_what_would_be_decided_is_said_first_and_nothing_is_booked_by_that(console: Console) -> None:
    space = await console.world.mapped_space()
    before = await console.world.everything()

    answer = await console.post(NEW, {**fields_for(space), "action": "check"}, role="admin")

    assert answer.status_code == 200
    assert "It would be booked" in said(answer)
    assert "In Outlook, an event of its own on the room's calendar shows the booking. Outlook mails nobody." in said(
        answer
    )
    assert "Book it" in said(answer)
    assert 'value="Open day"' in answer.text
    assert await console.world.everything() == before


async def test_it_is_booked_as_it_was_written_and_outlook_is_told(console: Console) -> None:
    space = await console.world.mapped_space()

    answer = await console.post(NEW, {**fields_for(space), "action": "book"}, role="admin")

    [made] = await reservations_of(console, space)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/reservations/{made['id']}"
    assert (made["start"], made["end"], made["title"], made["attendee_count"]) == (at(9), at(10), "Open day", 3)
    assert made["organizer"] == {"name": "Ada", "email": "ada@example.org"}
    assert made["made_by"]["name"] == "Grace the admin"
    assert [each["want"] for each in await holds_of(console.world, space)] == ["hold"]


async def test_without_a_mailbox_it_is_said_that_nothing_changes_in_outlook(console: Console) -> None:
    answer = await console.post(NEW, {**fields_for(await console.world.space()), "action": "check"}, role="admin")

    assert "The space has no room mailbox, so nothing changes in Outlook." in said(answer)


async def test_what_needs_approval_is_asked_for_and_said_so(console: Console) -> None:
    space = await asking_space(console.world)

    checked = await console.post(NEW, {**fields_for(space), "action": "check"}, role="admin")
    await console.post(NEW, {**fields_for(space), "action": "book"}, role="admin")

    assert "Administrators would be asked" in said(checked)
    assert "Ask for it" in said(checked)
    [made] = await reservations_of(console, space)
    assert made["status"] == "pending"


async def test_a_refusal_comes_back_as_it_was_written_with_alternatives_that_fill_the_form(console: Console) -> None:
    part = fresh("Wing")
    space = await console.world.mapped_space(building=part)
    other = await console.world.mapped_space(building=part)
    await console.world.reservation(space["id"], 9, 10)
    for action in ("check", "book"):
        answer = await console.post(NEW, {**fields_for(space), "action": action}, role="admin")

        assert answer.status_code == 409
        assert "It cannot be booked like that" in said(answer)
        assert "It is taken" in said(answer)
        assert 'value="Open day"' in answer.text
        links = [unescape(each) for each in re.findall(rf'href="/console({NEW}\?[^"]+)"', answer.text)]
        later = next(each for each in links if f"space={space['id']}" in each)
        elsewhere = next(each for each in links if f"space={other['id']}" in each)
        again, there = [await console.text(each, role="admin") for each in (later, elsewhere)]
        assert f'value="{local(10)}"' in again
        assert f"Book {other['name']}" in there
        for each in (again, there):
            assert 'value="Open day"' in each
            assert 'value="ada@example.org"' in each
    assert len(await reservations_of(console, space)) == 1


async def test_a_repetition_lists_its_dates_before_and_makes_a_series(console: Console) -> None:
    space = await console.world.mapped_space()
    await console.world.reservation(space["id"], 9 + 7 * 24, 10 + 7 * 24, title="Review")
    fields = fields_for(space, repeats="weekly", times="3", on_conflict="skip_conflicts")

    checked = await console.post(NEW, {**fields, "action": "check"}, role="admin")
    booked = await console.post(NEW, {**fields, "action": "book"}, role="admin")

    assert "3 dates" in said(checked)
    assert said(checked).count(": can be booked") == 2
    assert said(checked).count(": cannot be booked. It is taken") == 1
    assert "In Outlook, one recurring event on the room's calendar shows the dates." in said(checked)
    assert booked.status_code == 303
    group_id = booked.headers["location"].removeprefix("/console/series/")
    states = [each["status"] for each in await dates_of(console.world, {"id": group_id})]
    assert states == ["confirmed", "declined", "confirmed"]


async def test_a_series_is_booked_by_a_rule_that_no_choice_says(console: Console) -> None:
    space = await console.world.mapped_space()
    fields = fields_for(space, repeats="rule", rrule="FREQ=DAILY;INTERVAL=3;COUNT=5", action="book")

    booked = await console.post(NEW, fields, role="admin")

    assert booked.status_code == 303
    group_id = booked.headers["location"].removeprefix("/console/series/")
    assert len(await dates_of(console.world, {"id": group_id})) == 5


async def test_a_series_that_is_refused_names_the_dates_that_fail(console: Console) -> None:
    space = await console.world.mapped_space()
    await console.world.reservation(space["id"], 9 + 7 * 24, 10 + 7 * 24)
    fields = fields_for(space, repeats="weekly", times="3", on_conflict="all_or_nothing", action="book")

    answer = await console.post(NEW, fields, role="admin")

    assert answer.status_code == 409
    assert "cannot be booked. It is taken" in said(answer)
    assert '<option value="weekly" selected>' in answer.text
    assert len(await reservations_of(console, space)) == 1


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"start": ""}, "This is missing"),
        ({"title": ""}, "This is missing"),
        ({"end": local(8)}, "This does not lie after start"),
        ({"start": "2027-03-28T02:30", "end": "2027-03-28T04:00"}, "the clocks are put forward then"),
        ({"people": "-1"}, "This is no whole number"),
        ({"organizer_email": "ada"}, "A mail address looks like name@example.org"),
        ({"repeats": "hourly", "times": "2"}, "This is none of what can be chosen."),
        ({"repeats": "weekly"}, "say how many times, or until when"),
        ({"repeats": "weekly", "times": "2", "until": "2027-03-01"}, "give one of them"),
        ({"repeats": "weekly", "until": "soon"}, "This is no date"),
        ({"repeats": "weekly", "times": "0"}, "COUNT"),
        ({"repeats": "rule"}, "This is missing: a rule such as"),
    ],
)
async def test_what_cannot_be_used_comes_back_with_a_sentence_at_its_field(
    console: Console, changed: dict[str, str], sentence: str
) -> None:
    space = await console.world.space()

    answer = await console.post(NEW, {**fields_for(space), **changed, "action": "book"}, role="admin")

    assert answer.status_code == 422
    assert sentence in said(answer)
    assert "Nothing was booked." in said(answer)
    assert 'aria-invalid="true"' in answer.text
    assert await reservations_of(console, space) == []


async def test_only_whoever_may_book_gets_the_form(console: Console) -> None:
    space = await console.world.space()
    for role in ("viewer", "approver"):
        shown = await console.get(f"{NEW}?space={space['id']}", role)
        sent = await console.post(NEW, {**fields_for(space), "action": "book"}, role)
        assert (shown.status_code, sent.status_code) == (403, 403)
    forged = {**fields_for(space), "action": "book", "csrf_token": "forged"}
    assert (await console.post(NEW, forged, role="admin")).status_code == 403
    assert await reservations_of(console, space) == []


async def test_a_space_that_is_not_there_is_answered_with_a_page(console: Console) -> None:
    gone = {"id": unknown_id()}
    for answer in (
        await console.get(f"{NEW}?space={gone['id']}", role="admin"),
        await console.post(NEW, fields_for(gone), role="admin"),
        await console.post(NEW, fields_for({"id": "nothing"}), role="admin"),
    ):
        assert answer.status_code == 404
        assert "There is no space with this id." in said(answer)
    assert (await console.get(f"{NEW}?cursor=x", role="admin")).status_code == 422


async def test_what_was_written_is_text_and_nothing_else(console: Console) -> None:
    space = await console.world.mapped_space(name=f"<script>alert(1)</script> {unknown_id()}")
    hostile = {"title": HOSTILE, "organizer_name": '"><img src=x onerror=alert(1)>', "action": "check"}

    answer = await console.post(NEW, {**fields_for(space), **hostile}, role="admin")

    assert "<script>alert" not in answer.text
    assert "<img" not in answer.text
    assert "{{ 7*7 }}" in answer.text
    chosen = await console.get(f"{NEW}?q=%3Cscript", role="admin")
    assert "<script>alert" not in chosen.text
