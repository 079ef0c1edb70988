"""The rule lab: a draft judged against what was really decided, and then saved as it is wanted."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.policy.commands.policies import PolicyRequest
from services.policy.commands.replaying import ReplayBounds, Replayed, ReplayRequest, replay_policy
from services.policy.commands.unknown import UnknownTarget
from services.policy.core.policies.policy import NOBODY, RULES, Attachment, Dates
from tests.integration.policy_api.world import at, fresh
from tests.integration.policy_console_pages.console import Console, said
from tests.integration.policy_console_pages.test_rule_forms import fields_of
from tests.integration.policy_console_pages.test_rules import ruled_space

ADA = {"name": "Ada", "email": "ada@example.org"}
BEN = {"name": "Ben", "email": "ben@example.org"}


def short(space: dict[str, Any], **different: str) -> dict[str, str]:
    """Return the form of a rule that a booking of a space lasts an hour at most."""
    fields = {"kind": "maximum_duration", "parameters.minutes": "60", "target": f"space:{space['id']}"}
    return {**fields, "effect": "deny", "period": "30", **different}


async def replayed(console: Console, space: dict[str, Any], rule: dict[str, Any], **bounds: Any) -> Replayed:
    """Replay a draft for a space by the command, as whoever calls it would."""
    now = datetime.now(UTC) + timedelta(minutes=1)
    attach = Attachment(scope="space", id=UUID(space["id"]))
    draft = PolicyRequest(RULES.validate_python(rule), attach, "deny", NOBODY, Dates(), None)  # type: ignore[arg-type]
    async with console.world.app.state.context.reading() as conn:
        return await replay_policy(conn, ReplayRequest(draft, now - timedelta(days=1), now), ReplayBounds(**bounds))


async def test_a_draft_shows_who_would_have_been_declined_and_sets_nothing(console: Console) -> None:
    space = await console.world.space(name=fresh("Lab"))
    await console.world.reservation(space["id"], 9, 11, organizer=ADA)
    await console.world.reservation(space["id"], 12, 13, organizer=BEN)

    answer = await console.post("/rules/lab", short(space), role="admin")

    text = said(answer)
    assert answer.status_code == 200, text
    assert "<dt>Would have been declined</dt><dd>1</dd>" in text
    assert "<li>ada@example.org: 1</li>" in text
    assert "can be booked for 1 hour at most, and this lasts 2 hours." in text
    assert "Accepted, <time" in text
    assert "ben@example.org" not in text
    listed = (await console.world.call("GET", f"/v1/policies?target_id={space['id']}")).json()["items"]
    assert listed == []


@pytest.mark.parametrize("effect", ["shadow", "warn", "deny"])
async def test_a_draft_is_saved_with_the_effect_that_was_chosen(console: Console, effect: str) -> None:
    space = await console.world.space(name=fresh("Lab"))
    shown = await console.post("/rules/lab", short(space), role="admin")

    saved = await console.post("/rules", {**fields_of(shown), "save_as": effect}, role="admin")

    assert f'formaction="/console/rules" name="save_as" value="{effect}"' in shown.text
    assert saved.status_code == 303, said(saved)
    [made] = (await console.world.call("GET", f"/v1/policies?target_id={space['id']}")).json()["items"]
    assert (made["effect"], made["parameters"]) == (effect, {"minutes": 60})


async def test_a_draft_of_a_change_stands_in_for_the_rule_and_is_saved_as_its_next_version(console: Console) -> None:
    space = await ruled_space(console.world, parameters={"minutes": 30})
    path = f"/rules/{space['rule']['id']}/change"
    refused = {"space_id": space["id"], "start": at(9), "end": at(10), "title": "Planning", "organizer": ADA}
    assert (await console.world.call("POST", "/v1/reservations", refused)).status_code == 409
    fields = {**fields_of(await console.get(path, role="admin")), "parameters.minutes": "60"}

    shown = await console.post("/rules/lab", fields, role="admin")
    saved = await console.post(path, fields_of(shown), role="admin")

    assert "<dt>Would have been booked, though declined</dt><dd>1</dd>" in said(shown)
    assert f'action="/console{path}"' in shown.text
    assert saved.status_code == 303, said(saved)
    after = (await console.world.call("GET", f"/v1/policies/{space['rule']['id']}")).json()
    assert (after["parameters"], after["version"]) == ({"minutes": 60}, 2)


async def test_what_cannot_be_used_of_a_draft_is_said_at_its_field(console: Console) -> None:
    space = await console.world.space(name=fresh("Lab"))

    wrong = await console.post("/rules/lab", short(space, **{"parameters.minutes": "lots"}), role="admin")
    nowhere = await console.post("/rules/lab", short(space, target=f"space:{uuid4()}"), role="admin")
    viewer = await console.post("/rules/lab", short(space), role="viewer")

    assert (wrong.status_code, nowhere.status_code, viewer.status_code) == (422, 422, 403)
    assert 'id="parameters.minutes-wrong"' in wrong.text
    assert 'id="target-wrong"' in nowhere.text


async def test_a_quota_counts_what_was_booked_and_given_back(console: Console) -> None:
    space = await console.world.space(name=fresh("Lab"))
    quota = {"kind": "quota", "limit": 1, "measure": "bookings", "per": "future"}
    first = await console.world.reservation(space["id"], 9, 10, organizer=ADA)
    await console.world.call("POST", f"/v1/reservations/{first['id']}/cancel", {})
    await console.world.reservation(space["id"], 11, 12, organizer=ADA)
    await console.world.reservation(space["id"], 13, 14, organizer=ADA)
    await console.world.reservation(space["id"], 15, 16, organizer=BEN)

    found = await replayed(console, space, quota)

    assert found.counts == {"declined": 1, "asked": 0, "accepted": 0}
    assert found.people == [("ada@example.org", 1)]
    [one] = found.listed
    assert one.window.start == datetime.fromisoformat(at(13))
    assert (one.was, one.became, one.by_draft) == ("accept", "declined", True)


async def test_a_replay_says_when_it_was_cut_short(console: Console) -> None:
    space = await console.world.space(name=fresh("Lab"))
    await console.world.reservation(space["id"], 9, 11, organizer=ADA)
    rule = {"kind": "maximum_duration", "minutes": 60}

    few = await replayed(console, space, rule, decisions=1)
    late = await replayed(console, space, rule, seconds=-1)
    whole = await replayed(console, space, rule)

    assert (few.is_cut_short, late.is_cut_short, whole.is_cut_short) == (True, True, False)
    assert late.judged == 0
    assert late.reached < whole.reached
    assert whole.counts["declined"] == 1


async def test_a_draft_for_what_does_not_exist_is_refused(console: Console) -> None:
    with pytest.raises(UnknownTarget):
        await replayed(console, {"id": str(uuid4())}, {"kind": "maximum_duration", "minutes": 60})
