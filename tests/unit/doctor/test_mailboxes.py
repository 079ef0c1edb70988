"""What is wrong with mailboxes, by what was seen of them; what holds for all for one reason is told once."""

import pytest

from libs.graph.inspection import MailboxProfile
from services.doctor.checks.mailboxes import SeenRoom, judge_mailboxes
from services.findings.finding import Finding, FindingCode
from tests.unit.doctor.rooms import CONNECTION, NOW, room, seen

ROOM = MailboxProfile("room", "W. Europe Standard Time")
GRANTED = frozenset({"Calendars.ReadWrite", "MailboxSettings.Read"})
OTHER = room(space_name="Birch", room_mailbox="birch@example.org")


def judge(*rooms: SeenRoom, roles: frozenset[str] = GRANTED) -> list[Finding]:
    return list(judge_mailboxes(CONNECTION, roles, rooms, now=NOW))


def codes(found: list[Finding]) -> list[FindingCode]:
    return [each.code for each in found]


def test_a_room_as_it_should_be_has_nothing_wrong() -> None:
    assert judge(seen(profile=ROOM, place_capacity=8)) == []


@pytest.mark.parametrize(
    ("wrong", "code", "says"),
    [
        (seen(unreadable="Gone."), FindingCode.MAILBOX_UNREADABLE, "Gone."),
        (seen(not_writable="Denied."), FindingCode.MAILBOX_NOT_WRITABLE, "Denied."),
        (seen(profile=MailboxProfile("user", None)), FindingCode.MAILBOX_NO_ROOM, "kind user"),
        (seen(profile=MailboxProfile("room", "UTC")), FindingCode.TIME_ZONE_DIFFERS, "Europe/Berlin"),
        (seen(profile=ROOM, place_capacity=12), FindingCode.CAPACITY_DIFFERS, "room for 12"),
        (seen(is_subscription_gone=True), FindingCode.SUBSCRIPTION_GONE, "does not know"),
    ],
    ids=lambda value: value.name if isinstance(value, FindingCode) else "",
)
def test_each_fault_is_told_of_its_room(wrong: SeenRoom, code: FindingCode, says: str) -> None:
    [found] = judge(wrong)

    assert (found.code, found.space_id, found.connection_id) == (code, wrong.room.space_id, CONNECTION.id)
    assert says in found.finding
    assert "aula@example.org" in found.finding + found.subject
    assert "{" not in found.finding + found.why + found.remedy


def test_zones_of_other_names_whose_clocks_agree_are_the_same_and_an_unknown_one_is_no_fault() -> None:
    paris = room(time_zone="Europe/Paris")
    custom = MailboxProfile("room", "Customized Time Zone")

    assert judge(seen(room=paris, profile=ROOM), seen(profile=custom)) == []
    assert codes(judge(seen(room=room(time_zone="Africa/Lagos"), profile=ROOM))) == [FindingCode.TIME_ZONE_DIFFERS]


def test_a_grant_that_reaches_no_room_is_one_finding_and_one_that_reaches_some_is_told_room_by_room() -> None:
    denied = seen(unreadable="Denied.", is_forbidden=True)
    none = judge(denied, seen(room=OTHER, unreadable="Denied.", is_forbidden=True))
    some = judge(denied, seen(room=OTHER))

    assert codes(none) == [FindingCode.CALENDARS_NOT_GRANTED]
    assert "2 rooms" in none[0].finding
    assert codes(some) == [FindingCode.MAILBOX_UNREADABLE]


def test_a_grant_that_only_reads_is_one_finding_and_hides_no_other() -> None:
    found = judge(seen(not_writable="Denied.", place_capacity=3), seen(room=OTHER, not_writable="Denied."))

    assert codes(found) == [FindingCode.CALENDARS_READ_ONLY, FindingCode.CAPACITY_DIFFERS]


def test_settings_that_no_role_and_no_scope_grants_are_a_missing_permission() -> None:
    hidden = seen(knows_no_profile=True)

    assert codes(judge(hidden, roles=frozenset())) == [FindingCode.PERMISSION_MISSING]
    assert judge(hidden) == []


def test_rooms_that_did_not_answer_prove_nothing() -> None:
    assert judge(seen(is_away=True)) == []
    assert codes(judge(seen(is_away=True), seen(room=OTHER, unreadable="Denied.", is_forbidden=True))) == [
        FindingCode.CALENDARS_NOT_GRANTED
    ]
