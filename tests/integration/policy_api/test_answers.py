"""The words of answers are set, read, taken back and tried out, and a template that is no good is refused."""

from typing import Any

import pytest

from services.policy.core.answers.examples import example_of
from services.policy.core.answers.kinds import FORMS, AnswerKind
from services.policy.core.answers.rendering import LONGEST_TEMPLATE, render_answer
from tests.integration.policy_api.world import World, assert_problem

TEMPLATE = "Sorry, {{ room }} is taken: {{ when }}."


async def answers_at(world: World) -> str:
    return f"/v1/connections/{(await world.connection())['id']}/answers"


async def test_every_kind_says_the_default_until_it_is_set(world: World) -> None:
    path = await answers_at(world)

    found = (await world.call("GET", path, role="viewer")).json()["items"]

    assert [each["kind"] for each in found] == list(AnswerKind)
    for each in found:
        assert each["template"] == FORMS[AnswerKind(each["kind"])].default
        assert (each["is_default"], each["version"], each["failing_since"]) == (True, 0, None)


async def test_a_template_is_set_read_replaced_and_taken_back(world: World) -> None:
    path = f"{await answers_at(world)}/decline"

    made = await world.call("PUT", path, {"template": f"  {TEMPLATE}\n"})
    read = await world.call("GET", path, role="viewer")
    replaced = await world.call("PUT", path, {"template": "{{ room }}"}, if_match=made.headers["etag"])
    late = await world.call("PUT", path, {"template": "{{ when }}"}, if_match=made.headers["etag"])
    gone = await world.call("DELETE", path, if_match=replaced.headers["etag"])

    assert made.status_code == 200, made.text
    assert (made.json()["template"], made.json()["is_default"], made.json()["version"]) == (TEMPLATE, False, 1)
    assert made.json()["updated_by"]["kind"] == "administrator"
    assert (read.json(), read.headers["etag"]) == (made.json(), made.headers["etag"])
    known = await world.call("GET", path, if_none_match=made.headers["etag"])
    assert known.status_code == 200, "it has changed since"
    assert (replaced.json()["template"], replaced.json()["version"]) == ("{{ room }}", 2)
    assert_problem(late, 412, field="header.If-Match")
    assert (gone.json()["is_default"], gone.json()["version"]) == (True, 3)
    assert gone.json()["template"] == FORMS[AnswerKind.DECLINE].default
    again = await world.call("DELETE", path)
    assert again.json() == gone.json()


async def test_the_same_template_again_is_no_new_version(world: World) -> None:
    path = f"{await answers_at(world)}/accept"
    made = await world.call("PUT", path, {"template": "{{ room }}"})

    assert (await world.call("PUT", path, {"template": "{{ room }}"})).json() == made.json()


@pytest.mark.parametrize(
    ("template", "says"),
    [
        ("{% for a in reasons %}{% for b in reasons %}x{% endfor %}{% endfor %}", "loop that is nested"),
        ("{{ subject }}", "names subject on line 1"),
        ("{{ room", "cannot be read on line 1"),
        ("one\n{{ 'x' * 99999999 }}", "not allowed, Mul, on line 2"),
        ("{{ links | join(' ') }}", "says nothing"),
        ("x" * (LONGEST_TEMPLATE + 1), "is too long"),
        ("", "is not empty"),
        ("\x00", "control characters"),
        ("{{ '" + "(" * 3_000 + "' }}" + "{{ " + "(" * 900, "nested too deeply"),
    ],
)
async def test_a_template_that_is_no_good_is_refused_with_what_to_do(world: World, template: str, says: str) -> None:
    path = f"{await answers_at(world)}/decline"

    refused = await world.call("PUT", path, {"template": template})

    assert_problem(refused, 422, "invalid-request", "template")
    [problem] = refused.json()["errors"]
    assert says in f"{problem['problem']} {problem['expected']}"
    assert problem["expected"]
    assert (await world.call("GET", path)).json()["version"] == 0


async def test_what_is_not_there_is_said_so(world: World) -> None:
    path = await answers_at(world)
    nowhere = "/v1/connections/00000000-0000-4000-8000-000000000000/answers"

    assert_problem(await world.call("GET", f"{path}/nothing"), 404, "not-found")
    assert_problem(await world.call("PUT", f"{nowhere}/accept", {"template": "{{ room }}"}), 404, "not-found")
    assert_problem(await world.call("GET", nowhere), 404, "not-found")
    assert_problem(await world.call("POST", f"{nowhere}:preview", {"kind": "accept"}), 404, "not-found")
    unknown = {"kind": "accept", "reservation_id": "00000000-0000-4000-8000-000000000000"}
    assert_problem(await world.call("POST", f"{path}:preview", unknown), 404, "not-found", "reservation_id")
    assert_problem(await world.call("POST", f"{path}:preview", {"kind": "nothing"}), 422, "invalid-request", "kind")


async def preview(world: World, path: str, **wanted: Any) -> dict[str, Any]:
    before = await world.everything()
    answer = await world.call("POST", f"{path}:preview", wanted, role="viewer")
    assert answer.status_code == 200, answer.text
    assert await world.everything() == before
    found: dict[str, Any] = answer.json()
    return found


async def test_a_preview_shows_the_default_what_is_set_and_what_is_tried_out(world: World) -> None:
    path = await answers_at(world)
    example = example_of(AnswerKind.DECLINE)
    default = render_answer(example, None).text

    assert await preview(world, path, kind="decline") == {"text": default, "is_default": True, "problem": None}
    tried = await preview(world, path, kind="decline", template=TEMPLATE)
    said = "Sorry, Aurora is taken: Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)."
    assert tried == {"text": said, "is_default": False, "problem": None}
    bad = await preview(world, path, kind="decline", template="{{ subject }}")
    assert bad == {"text": default, "is_default": True, "problem": "unknown_name"}
    await world.call("PUT", f"{path}/decline", {"template": TEMPLATE})
    assert await preview(world, path, kind="decline") == tried


async def test_a_preview_about_a_reservation_tells_its_facts(world: World) -> None:
    path = await answers_at(world)
    space = await world.space(name="Borealis", time_zone="UTC")
    made = await world.reservation(space["id"], 9, 10, attendee_count=3)
    about = {"reservation_id": made["id"]}

    said = (await preview(world, path, kind="decline", template="{{ room }}, {{ when }}", **about))["text"]

    assert said.startswith("Borealis, ")
    assert said.endswith(" 09:00-10:00 (UTC)")
    kept = (await preview(world, path, kind="edit_refused", template="{{ kept }}", **about))["text"]
    assert kept.endswith(" 09:00-10:00 (UTC)")
