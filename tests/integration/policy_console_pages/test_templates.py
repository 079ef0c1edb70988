"""The words of answers in the console: previewed as they would be sent, refused at their field, set and taken back."""

import re
from html import unescape
from typing import Any

import httpx2
import pytest

from services.policy.core.answers.examples import example_of
from services.policy.core.answers.kinds import FORMS, AnswerKind
from services.policy.core.answers.rendering import LONGEST_TEMPLATE, render_answer
from tests.integration.policy_api.world import World, fresh
from tests.integration.policy_console_pages.console import Console, said

TEMPLATE = "Sorry, {{ room }} is taken: {{ when }}."
SAID = "Sorry, Aurora is taken: Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)."
HOSTILE = "<script>alert(1)</script>{{7*7}}"

_FAILS = (
    "UPDATE policy.answer_templates SET failing_since = now(), last_error = 'says_nothing' WHERE connection_id = $1"
)


async def answer_of(world: World, path: str) -> dict[str, Any]:
    """Read what is set at the address of a page."""
    found: dict[str, Any] = (await world.call("GET", f"/v1{path}")).json()
    return found


def previewed(answer: httpx2.Response) -> str | None:
    """Return the text of the preview that a page shows, if it shows one."""
    found = re.search(r'<p class="remedy" id="previewed">(.*?)</p>', answer.text, re.DOTALL)
    return unescape(found[1]) if found is not None else None


def written(answer: httpx2.Response) -> str:
    """Return what stands in the field of the words."""
    found = re.search(r'<textarea id="template"[^>]*>\n(.*?)</textarea>', answer.text, re.DOTALL)
    assert found is not None
    return unescape(found[1])


async def decline_of(world: World) -> str:
    """Return the path of the declines of a new connection, below the console and below /v1 alike."""
    return f"/connections/{(await world.connection())['id']}/answers/decline"


async def test_every_kind_of_answer_is_listed_with_an_example_as_it_would_be_sent(console: Console) -> None:
    world = console.world
    path = await decline_of(world)
    await world.call("PUT", f"/v1{path}", {"template": TEMPLATE})

    text = await console.text(path.removesuffix("/decline"), role="viewer")

    for kind in AnswerKind:
        template = TEMPLATE if kind is AnswerKind.DECLINE else None
        assert f"/answers/{kind}" in text
        assert FORMS[kind].given in text
        assert " ".join(render_answer(example_of(kind), template).text.split()) in text
    assert text.count('<span class="state approved">Own words</span>') == 1
    assert text.count('<span class="state">Default</span>') == len(AnswerKind) - 1


@pytest.mark.parametrize("kind", AnswerKind)
async def test_each_kind_has_a_page_with_its_example_its_names_and_its_default(
    console: Console, kind: AnswerKind
) -> None:
    path = f"/connections/{(await console.world.connection())['id']}/answers"
    preview = await console.world.call("POST", f"/v1{path}:preview", {"kind": kind})

    answer = await console.get(f"{path}/{kind}", role="admin")

    assert answer.status_code == 200
    assert " ".join(preview.json()["text"].split()) in said(answer)
    assert written(answer) == FORMS[kind].default
    for each in FORMS[kind].variables:
        assert f"<code>{each.name}</code>" in answer.text
    assert "No room is mapped through" in said(answer)
    assert "No answer that was given is changed." in said(answer)
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|\sstyle=", answer.text)


async def test_a_preview_is_what_the_api_would_send_and_sets_nothing(console: Console) -> None:
    world = console.world
    path = await decline_of(world)
    before = await answer_of(world, path)

    answer = await console.post(f"{path}/preview", {"template": TEMPLATE, "version": "0"}, role="admin")

    body = {"kind": "decline", "template": TEMPLATE}
    sent = (await world.call("POST", f"/v1{path.removesuffix('/decline')}:preview", body)).json()["text"]
    assert previewed(answer) == sent == SAID
    assert written(answer) == TEMPLATE
    assert "Nothing is set yet, and nothing was sent." in said(answer)
    assert await answer_of(world, path) == before


async def test_words_are_set_shown_and_taken_back(console: Console) -> None:
    world = console.world
    connection = await world.connection()
    await world.space(room_mailbox=f"{fresh('room')}@example.org", connection=connection["id"])
    path = f"/connections/{connection['id']}/answers/decline"

    before = await console.text(path, role="admin")
    made = await console.post(path, {"template": f" {TEMPLATE}\r\n", "version": "0"}, role="admin")
    shown = await console.text(made.headers["location"].removeprefix("/console"), role="admin")
    stands = await answer_of(world, path)
    gone = await console.post(f"{path}/default", {"version": "1"}, role="admin")
    after = await console.text(gone.headers["location"].removeprefix("/console"), role="admin")

    assert f"The answers of the room that is mapped through {connection['name']} have these words." in before
    assert "Take my words back" not in before
    assert (made.status_code, stands["template"], stands["version"]) == (303, TEMPLATE, 1)
    assert stands["updated_by"]["name"] == "Grace the admin"
    assert "Your words are set. Answers of this kind read so from now on." in shown
    assert SAID in shown
    assert "Set by Grace the admin" in shown
    assert "The default is said again from now on." in after
    taken_back = await answer_of(world, path)
    assert (taken_back["is_default"], taken_back["version"]) == (True, 2)


@pytest.mark.parametrize("way", ["", "/preview"])
@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        ("{{ subject }}", "The template names subject on line 1"),
        ("{{ room", "cannot be read on line 1: A Jinja template"),
        ("one\n{{ 'x' * 99999999 }}", "not allowed, Mul, on line 2"),
        ("{{ links | join(' ') }}", "says nothing"),
        ("x" * (LONGEST_TEMPLATE + 1), "is too long: At most 4,000 characters."),
        ("", "This text is not empty."),
        ("a\x00b", "no NUL and no other control characters"),
        ("{{ ''.__class__ }}<b>", "not allowed"),
    ],
)
async def test_words_that_are_no_good_come_back_as_written_with_a_sentence_at_the_field(
    console: Console, way: str, template: str, sentence: str
) -> None:
    path = await decline_of(console.world)

    answer = await console.post(f"{path}{way}", {"template": template, "version": "0"}, role="admin")

    assert answer.status_code == 422
    assert sentence in said(answer)
    field = re.search(r'<textarea id="template"[^>]*>', answer.text)
    assert field is not None
    assert 'aria-invalid="true"' in field[0]
    assert "template-wrong" in field[0]
    assert written(answer) == template
    assert "<b>" not in answer.text
    assert previewed(answer) is None
    assert (await answer_of(console.world, path))["version"] == 0


async def test_a_preview_about_a_reservation_tells_its_facts_as_text_and_nothing_else(console: Console) -> None:
    world = console.world
    path = await decline_of(world)
    space = await world.space(name=f"{HOSTILE} {fresh('x')}", time_zone="UTC")
    made = await world.reservation(space["id"], 9, 10, title=HOSTILE)
    about = f"https://rooms.example.org/console/reservations/{made['id']}"

    fields = {"template": "{{ room }}: {{ when }}{{ '{{7*7}}' }}", "about": about, "version": "0"}
    answer = await console.post(f"{path}/preview", fields, role="admin")

    text = previewed(answer)
    assert text is not None
    assert text.startswith(f"{space['name']}: ")
    assert text.endswith("09:00-10:00 (UTC){{7*7}}")
    assert "<script>alert" not in answer.text
    assert ">49<" not in answer.text
    assert f'value="{about}"' in answer.text


async def test_words_that_say_nothing_about_a_reservation_give_way_to_the_default_in_its_preview(
    console: Console,
) -> None:
    world = console.world
    connection, space = await world.connection(), await world.space()
    made = await world.reservation(space["id"], 9, 10)
    path = f"/connections/{connection['id']}/answers/accept"
    fields = {"template": "{{ warnings | join(' ') }}", "about": made["id"], "version": "0"}

    answer = await console.post(f"{path}/preview", fields, role="admin")

    assert "your words cannot be used: the answer was empty. The default would be said" in said(answer)
    text = previewed(answer)
    assert text is not None
    assert text.startswith(f"{space['name']} is booked for this meeting")


@pytest.mark.parametrize("about", ["nonsense", "00000000-0000-4000-8000-000000000000"])
async def test_a_reservation_that_is_not_there_is_said_at_its_field(console: Console, about: str) -> None:
    path = await decline_of(console.world)

    answer = await console.post(f"{path}/preview", {"template": TEMPLATE, "about": about}, role="admin")

    assert answer.status_code == 422
    assert "The reservation is not known" in said(answer)
    assert re.search(r'<input id="about"[^>]* aria-invalid="true"', answer.text)
    assert written(answer) == TEMPLATE


async def test_of_two_administrators_the_second_sees_what_the_first_set_and_keeps_what_they_wrote(
    console: Console,
) -> None:
    world = console.world
    path = await decline_of(world)
    await console.post(path, {"template": TEMPLATE, "version": "0"}, role="admin")

    late = await console.post(path, {"template": "No: {{ room }}", "version": "0"}, role="admin")
    too_late = await console.post(f"{path}/default", {"version": "0"}, role="admin")
    again = await console.post(path, {"template": "No: {{ room }}", "version": "1"}, role="admin")

    assert (late.status_code, too_late.status_code) == (412, 412)
    assert "Somebody changed this since you read it." in said(late)
    assert f"<pre>{TEMPLATE}</pre>" in late.text
    assert written(late) == "No: {{ room }}"
    assert 'name="version" value="1"' in late.text
    assert again.status_code == 303
    assert (await answer_of(world, path))["template"] == "No: {{ room }}"


async def test_words_that_could_not_be_used_are_told_with_why(console: Console) -> None:
    world = console.world
    path = await decline_of(world)
    await world.call("PUT", f"/v1{path}", {"template": TEMPLATE})
    await world.admin.execute(_FAILS, path.split("/")[2])

    listed = await console.text(path.removesuffix("/decline"), role="viewer")
    shown = await console.text(path, role="viewer")

    assert "The default is said in their place, because the answer was empty" in listed
    assert "The words that are set cannot be used: the answer was empty." in shown


async def test_a_viewer_reads_and_is_refused_what_they_send_all_the_same(console: Console) -> None:
    path = await decline_of(console.world)

    text = await console.text(path, role="viewer")
    answers = [
        await console.post(f"{path}{way}", {"template": TEMPLATE}, role="approver")
        for way in ("", "/preview", "/default")
    ]

    assert text.count('method="post"') == 1  # the sign-out
    assert "Aurora could not be booked for this meeting" in text
    assert all(each.status_code == 403 and "needs the app role admin" in said(each) for each in answers)
    assert (await answer_of(console.world, path))["version"] == 0


async def test_a_forged_form_and_an_unknown_kind_change_nothing(console: Console) -> None:
    path = await decline_of(console.world)

    forged = await console.post(path, {"template": TEMPLATE, "csrf_token": "forged"}, role="admin")
    unknown = await console.get(path.replace("decline", "applaud"), role="admin")

    assert forged.status_code == 403
    assert unknown.status_code == 422
    assert "This address cannot be used." in said(unknown)
    assert (await answer_of(console.world, path))["version"] == 0
