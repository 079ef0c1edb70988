"""A3, B34, C24, C27, C28: invitations are judged by the policies of their rooms."""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.driver.cast import Cast, open_cast
from deploy.driver.http import RequestRefused
from deploy.driver.looks import accepted_meeting, answered, asked, blocked, booked, declined, mailed, unblocked
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.system.broken_rules import (
    KINDS,
    Scene,
    Scenes,
    all_at_once,
    assert_declined_by,
    assert_figures,
    broken_in,
    invite,
    judged_by,
)

EFFECTS = ("approve", "warn", "shadow")


@pytest_asyncio.fixture(scope="module")
async def scenes(stack: LocalStack) -> AsyncIterator[Scenes]:
    """An invitation that breaks a rule, for every kind; and one for every effect but to deny."""
    async with open_cast(stack.endpoints, f"t{uuid4().hex[:8]}") as cast:
        plays = {kind: invite(cast, kind) for kind in KINDS}
        plays |= {effect: invite(cast, "maximum_duration", effect=effect) for effect in EFFECTS}
        async with all_at_once(plays) as scenes:
            yield scenes


@pytest.mark.parametrize("kind", KINDS)
async def test_a3_an_invitation_that_breaks_a_policy_is_declined_and_says_which(scenes: Scenes, kind: str) -> None:
    scene, ruled = await scenes[kind], KINDS[kind]

    await answered(scene.ada, scene.event, scene.room, "declined")
    [reason] = await assert_declined_by(scene, scene.policy)
    assert reason["rule"] == kind
    assert_figures(reason, ruled)
    [mail] = await mailed(scene.cast, scene.ada, scene.room, ["declined"])
    for words in (reason["message"], *ruled.says):
        assert words in mail["comment"], mail
    await booked(scene.cast, scene.room)
    await unblocked(scene.room, ruled.broken)


async def test_a3_everything_that_speaks_against_an_invitation_is_said_at_once(cast: Cast) -> None:
    room, ada, when = await cast.room(), await cast.user(), slot(minutes=120)
    await cast.administrator.reserve(room.space, slot(), "Board meeting")
    rules = ("maximum_duration", "lead_time", "who_may_book")
    policies = [await cast.administrator.set_policy(room.space, kind, KINDS[kind].parameters) for kind in rules]

    event = await ada.invite("Planning", when, room.calendar)

    await answered(ada, event, room, "declined")
    reasons = await assert_declined_by(Scene(cast, room, ada, event, {}), *policies)
    assert sorted(each["rule"] for each in reasons) == sorted([*rules, "availability"])
    [mail] = await mailed(cast, ada, room, ["declined"])
    for reason in reasons:
        assert reason["message"] in mail["comment"], mail


async def test_a3_a_quota_counts_an_organizers_bookings_in_every_room_it_is_attached_to(cast: Cast) -> None:
    group = (await cast.administrator.api.send("POST", "/v1/space-groups", body={"name": cast.prefix})).body["id"]
    first, second = await cast.room("first"), await cast.room("second")
    for room in (first, second):
        body = {"groups": [group]}
        await cast.administrator.api.send("PATCH", f"/v1/spaces/{room.space['id']}", body=body)
    ada, ben = await cast.user("ada"), await cast.user("ben")
    one_a_day = {"limit": 1, "measure": "bookings", "per": "day"}
    policy = await cast.administrator.set_policy(
        second.space, "quota", one_a_day, attach={"scope": "group", "id": group}
    )
    await accepted_meeting(ada, first, slot(hour=9))

    event = await ada.invite("Planning", slot(hour=14), second.calendar)

    await answered(ada, event, second, "declined")
    [reason] = await assert_declined_by(Scene(cast, second, ada, event, policy), policy)
    assert (reason["rule"], reason["limit"], reason["actual"]) == ("quota", "1", "2")
    await accepted_meeting(ben, second, slot(hour=14))
    await accepted_meeting(ada, second, slot(days=2))


async def test_c27_a_rule_of_effect_approve_has_an_administrator_decide(scenes: Scenes) -> None:
    scene, ruled = await scenes["approve"], KINDS["maximum_duration"]

    await answered(scene.ada, scene.event, scene.room, "tentativelyAccepted")
    [question] = await asked(scene.cast, scene.room, ruled.broken)
    [reason] = question["reasons"]
    assert reason["rule"] == "maximum_duration"
    assert_figures(reason, ruled)
    [mail] = await mailed(scene.cast, scene.ada, scene.room, ["tentativelyAccepted"])
    assert reason["message"] in mail["comment"]
    [reservation] = await scene.cast.administrator.reservations(scene.room.space, "pending")
    assert broken_in(reservation["decision"]) == [judged_by(scene.policy)]
    assert not await scene.cast.administrator.is_free(scene.room.space, ruled.broken)


async def test_c27_a_rule_of_effect_warn_accepts_and_the_answer_says_so(scenes: Scenes) -> None:
    scene, ruled = await scenes["warn"], KINDS["maximum_duration"]

    await answered(scene.ada, scene.event, scene.room, "accepted")
    [reservation] = await booked(scene.cast, scene.room, ruled.broken)
    decision = reservation["decision"]
    assert (decision["outcome"], decision["reasons"]) == ("accept", [])
    [warning] = decision["warnings"]
    assert warning["rule"] == "maximum_duration"
    assert_figures(warning, ruled)
    assert broken_in(decision) == [judged_by(scene.policy)]
    [mail] = await mailed(scene.cast, scene.ada, scene.room, ["accepted"])
    assert f"Please note: {warning['message']}" in mail["comment"], mail
    await blocked(scene.room, ruled.broken)


async def test_c27_a_rule_of_effect_shadow_is_only_recorded(scenes: Scenes) -> None:
    scene, ruled = await scenes["shadow"], KINDS["maximum_duration"]

    await answered(scene.ada, scene.event, scene.room, "accepted")
    [reservation] = await booked(scene.cast, scene.room, ruled.broken)
    decision = reservation["decision"]
    assert (decision["outcome"], decision["reasons"], decision["warnings"]) == ("accept", [], [])
    assert broken_in(decision) == [judged_by(scene.policy)]
    [mail] = await mailed(scene.cast, scene.ada, scene.room, ["accepted"])
    assert "Please note" not in mail["comment"]
    assert not any(words in mail["comment"] for words in ruled.says)


async def test_c28_the_policies_of_a_room_tell_which_yields_to_which(cast: Cast) -> None:
    api, room = cast.administrator.api, await cast.room()
    group = (await api.send("POST", "/v1/space-groups", body={"name": cast.prefix})).body["id"]
    await api.send("PATCH", f"/v1/spaces/{room.space['id']}", body={"groups": [group]})
    capacities = (await api.get("/v1/policies", kind="capacity"))["items"]
    everywhere = next(each for each in capacities if each["attach"]["scope"] == "all")
    of_group = await cast.administrator.set_policy(
        room.space, "capacity", {"margin": 1}, attach={"scope": "group", "id": group}
    )
    of_room = await cast.administrator.set_policy(
        room.space, "capacity", {"margin": 2}, exempt={"channels": ["api"]}, name="A little more"
    )

    by_outlook = await cast.administrator.policies_of(room.space, channel="outlook")
    by_api = await cast.administrator.policies_of(room.space, channel="api", organizer="ada@contoso.example")

    assert (everywhere["attach"]["scope"], by_outlook[of_room["id"]]["why_not"]) == ("all", None)
    assert [each for each, found in by_outlook.items() if found["in_force"]] == [of_room["id"]]
    for each in (everywhere, of_group):
        assert f"yields to the policy A little more ({of_room['id']})" in by_outlook[each["id"]]["why_not"]
    assert [each for each, found in by_api.items() if found["in_force"]] == [of_group["id"]]
    assert by_api[of_room["id"]]["why_not"] == "It exempts the channel api."
    assert f"yields to the policy {of_group['id']}" in by_api[everywhere["id"]]["why_not"]


async def test_c28_a_rule_does_not_hold_for_a_domain_that_it_exempts(cast: Cast) -> None:
    room, when = await cast.room(), slot(minutes=120)
    ada, ben = await cast.user("ada"), await cast.user("ben", domain="fabrikam.example")
    policy = await cast.administrator.set_policy(
        room.space, "maximum_duration", {"minutes": 60}, exempt={"domains": ["fabrikam.example"]}
    )

    event = await ada.invite("Planning", when, room.calendar)
    await answered(ada, event, room, "declined")
    await accepted_meeting(ben, room, when)

    [reservation] = await booked(cast, room, when)
    assert reservation["organizer"]["email"] == ben.address
    assert policy["id"] not in [each["policy_id"] for each in reservation["decision"]["policies"]]
    for user, why_not in ((ada, None), (ben, "It exempts the domain fabrikam.example.")):
        found = await cast.administrator.policies_of(room.space, organizer=user.address, channel="outlook")
        assert found[policy["id"]]["in_force"] == (why_not is None)
        assert found[policy["id"]]["why_not"] == why_not


async def test_b34_an_organizer_from_outside_is_treated_as_the_policy_says(cast: Cast) -> None:
    connection = await cast.administrator.connect("with own domains")
    await cast.administrator.change_connection(connection, own_domains=["contoso.example"])
    ada, guest = await cast.user("ada"), await cast.user("guest", domain="fabrikam.example")
    closed, asking, opened = [await cast.room(name, connection=connection) for name in ("closed", "asking", "opened")]
    refusing = await cast.administrator.set_policy(closed.space, "who_may_book", {"external": "no"})
    approving = await cast.administrator.set_policy(asking.space, "who_may_book", {"external": "approval"})
    rooms = [each.calendar for each in (closed, asking, opened)]

    event = await guest.invite("Visit", slot(hour=9), *rooms)

    await answered(guest, event, opened, "accepted")
    await answered(guest, event, closed, "declined")
    [reason] = await assert_declined_by(Scene(cast, closed, guest, event, refusing), refusing)
    assert (reason["rule"], reason["limit"], reason["actual"]) == ("who_may_book", "own domains", "external")
    [mail] = await mailed(cast, guest, closed, ["declined"])
    assert "closed cannot be booked by people from outside." in mail["comment"], mail
    await answered(guest, event, asking, "tentativelyAccepted")
    [question] = await asked(cast, asking, slot(hour=9))
    [reason] = question["reasons"]
    assert (reason["rule"], reason["limit"], reason["actual"]) == ("who_may_book", "own domains", "external")
    [mail] = await mailed(cast, guest, asking, ["tentativelyAccepted"])
    assert "has to approve bookings of asking by people from outside." in mail["comment"], mail
    [reservation] = await cast.administrator.reservations(asking.space, "pending")
    assert broken_in(reservation["decision"]) == [judged_by({**approving, "effect": "approve"})]
    inside = await ada.invite("Visit", slot(hour=14), *rooms)
    for room in (closed, asking, opened):
        await answered(ada, inside, room, "accepted")

    await cast.administrator.change_connection(connection, own_domains=["contoso.example", "fabrikam.example"])
    await accepted_meeting(guest, closed, slot(hour=11))


async def test_c24_what_a_delegate_makes_is_judged_as_a_meeting_of_the_organizer(cast: Cast) -> None:
    """A delegate makes events in the organizer's calendar, who is then their organizer; no event names the delegate.

    Source: https://learn.microsoft.com/graph/outlook-create-event-in-shared-delegated-calendar
    """
    room, organizer, delegate = await cast.room(), await cast.user("organizer"), await cast.user("delegate")
    policy = await cast.administrator.set_policy(room.space, "who_may_book", {"addresses": [organizer.address]})

    made_for_them = await organizer.invite("Planning", slot(hour=9), room.calendar, people=[delegate])
    own = await delegate.invite("Planning", slot(hour=14), room.calendar, people=[organizer])

    await answered(organizer, made_for_them, room, "accepted")
    await answered(delegate, own, room, "declined")
    [reservation] = await booked(cast, room, slot(hour=9))
    assert reservation["organizer"]["email"] == organizer.address
    assert broken_in((await declined(cast, room))["decision"]) == [judged_by(policy)]


async def test_b34_the_event_of_an_organizer_from_outside_is_never_edited(cast: Cast) -> None:
    connection = await cast.administrator.connect("editing with own domains", edits_organizer_events=True)
    await cast.administrator.change_connection(connection, own_domains=["contoso.example"])
    guest, taken = await cast.user("guest", domain="fabrikam.example"), slot(hour=14)
    moved, rejected = [await cast.room(name, connection=connection) for name in ("moved", "rejected")]
    await cast.administrator.set_policy(rejected.space, "who_may_book", {"external": "approval"})
    await cast.administrator.reserve(moved.space, taken, "Board meeting")
    async with cast.tenant.organizers_reachable():
        event = await accepted_meeting(guest, moved, slot(hour=9))
        await guest.move(event, taken)
        await answered(guest, event, moved, "tentativelyAccepted")
        visit = await guest.invite("Visit", slot(hour=11), rejected.calendar)
        await answered(guest, visit, rejected, "tentativelyAccepted")
        [question] = await asked(cast, rejected, slot(hour=11))
        await cast.administrator.reject(question, "The hall is being painted.")
        await answered(guest, visit, rejected, "declined")

    assert await cast.tenant.calls(guest) == []


async def test_an_administrator_sets_a_rule_aside_with_a_reason_but_never_a_booking(cast: Cast) -> None:
    room, when = await cast.room(), slot(minutes=120)
    policy = await cast.administrator.set_policy(room.space, "maximum_duration", {"minutes": 60})

    with pytest.raises(RequestRefused) as refusal:
        await cast.administrator.reserve(room.space, when, "Board meeting")
    assert refusal.value.status == 409
    [refused] = refusal.value.body["reasons"]
    assert (refused["rule"], refused["limit"], refused["actual"]) == ("maximum_duration", "60", "120")

    reason = "The board decided so."
    await cast.administrator.reserve(room.space, when, "Board meeting", override_reason=reason)

    [reservation] = await booked(cast, room, when)
    decision = reservation["decision"]
    assert (decision["outcome"], decision["override_reason"]) == ("accept", reason)
    assert broken_in(decision) == [judged_by(policy)]
    await blocked(room, when)
    with pytest.raises(RequestRefused) as refusal:
        await cast.administrator.reserve(room.space, when, "Board meeting", override_reason=reason)
    assert [each["rule"] for each in refusal.value.body["reasons"]] == ["availability"]
