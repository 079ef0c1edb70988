"""Each fact that somebody can mend is found, in words that say how; and nothing is found once it is mended."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from services.findings.finding import Finding, FindingCode, FindingLevel, WantedFindings, read_place, select
from services.findings.registry import REGISTRY
from services.policy.core.answers.grammar import TemplateProblem
from services.policy.core.answers.kinds import AnswerKind
from services.policy.core.findings.facts import (
    FailingTemplate,
    KnownCredential,
    KnownFacts,
    MailSetup,
    PausedConnection,
    RefusedApprover,
    RoomTrouble,
)
from services.policy.core.findings.find import find

SINCE = datetime(2026, 3, 1, 9, tzinfo=UTC)
EARLIER = SINCE - timedelta(hours=1)
SPACE, CONNECTION = UUID(int=1), UUID(int=2)
ROOM = RoomTrouble(SPACE, "Aula", "aula@example.org", CONNECTION, "the-app", watch_state="active", sweep_state="agrees")
CREDENTIAL = KnownCredential(
    CONNECTION, "Contoso", "the-app", "contoso", "certificate", SINCE + timedelta(days=365), None, None, SINCE, SINCE
)
OTHER = replace(CREDENTIAL, name="other")
NO_MAIL = MailSetup(is_set_up=False, since=SINCE, approval_rules=0, waiting_lists=0)


def room(**different: Any) -> KnownFacts:
    return KnownFacts(rooms=[replace(ROOM, **different)])


def credentials(*others: KnownCredential, **different: Any) -> KnownFacts:
    return KnownFacts(credentials=[replace(CREDENTIAL, **different), *others])


STANDING = [code for code in FindingCode if code.is_standing]
KNOWN: dict[FindingCode, KnownFacts] = {
    FindingCode.NO_MAIL_SERVER: KnownFacts(mail=replace(NO_MAIL, approval_rules=2, waiting_lists=1)),
    FindingCode.NO_MAIL_SERVER_YET: KnownFacts(mail=NO_MAIL),
    FindingCode.MAILS_REFUSED: KnownFacts(refused=[RefusedApprover("grace@example.org", 3, SINCE)]),
    FindingCode.TEMPLATE_FAILS: KnownFacts(
        templates=[FailingTemplate(CONNECTION, "Contoso", AnswerKind.DECLINE, TemplateProblem.SAYS_NOTHING, SINCE)]
    ),
    FindingCode.ANSWERS_BY_ITSELF: room(answers_since=SINCE, answered_at=SINCE + timedelta(days=1)),
    FindingCode.MAILBOX_OUT_OF_REACH: room(
        watch_state="quarantined", watch_since=SINCE, watch_detail="It was not found."
    ),
    FindingCode.NO_ROOM_MAILBOX: room(watch_state="refused", watch_since=SINCE, watch_detail="It is a person's."),
    FindingCode.NOT_NOTIFIED: room(watch_state="polling", watch_since=SINCE, watch_detail="Graph refuses."),
    FindingCode.CANCELLATIONS_WAIT: room(sweep_state="braked", sweep_since=SINCE, cancellations=7),
    FindingCode.CONNECTION_PAUSED: KnownFacts(
        connections=[PausedConnection(CONNECTION, "Contoso", "the-app", "contoso", 12, "The secret expired.", SINCE)]
    ),
    FindingCode.CREDENTIAL_EXPIRES_IN_MONTHS: credentials(expires_at=SINCE + timedelta(days=60)),
    FindingCode.CREDENTIAL_EXPIRES_IN_WEEKS: credentials(expires_at=SINCE + timedelta(days=30)),
    FindingCode.CREDENTIAL_EXPIRES_IN_DAYS: credentials(expires_at=SINCE + timedelta(days=7)),
    FindingCode.CREDENTIAL_EXPIRED: credentials(kind="secret", expires_at=SINCE),
    FindingCode.CREDENTIAL_FAILS: credentials(problem="It is refused.", problem_since=SINCE),
    FindingCode.SPARE_CREDENTIAL_FAILS: credentials(OTHER, problem="It is refused.", problem_since=SINCE),
    FindingCode.EXPIRY_NOT_KNOWN: credentials(kind="secret", expires_at=None),
    FindingCode.MAILBOX_RENAMED: room(address_now="hall@example.org", renamed_since=SINCE),
}
"""Facts of which exactly one thing follows, for each code."""

SAID = {
    FindingCode.NO_MAIL_SERVER: ["2 approval rules and 1 waiting list", "ROOMSYNC_SMTP_URL", "ROOMSYNC_MAIL_SENDER"],
    FindingCode.NO_MAIL_SERVER_YET: ["ROOMSYNC_SMTP_URL", "ROOMSYNC_MAIL_SENDER"],
    FindingCode.MAILS_REFUSED: ["grace@example.org", "3 mails"],
    FindingCode.TEMPLATE_FAILS: ["`decline`", "Contoso", "empty", f"/v1/connections/{CONNECTION}/answers/decline"],
    FindingCode.ANSWERS_BY_ITSELF: [
        "2026-03-02 09:00 UTC",
        "Set-CalendarProcessing -Identity 'aula@example.org' -AutomateProcessing AutoUpdate",
    ],
    FindingCode.MAILBOX_OUT_OF_REACH: [
        "It was not found.",
        "Test-ServicePrincipalAuthorization -Identity 'the-app' -Resource 'aula@example.org'",
        f"/v1/spaces/{SPACE}",
    ],
    FindingCode.NO_ROOM_MAILBOX: ["It is a person's.", f"/v1/spaces/{SPACE}"],
    FindingCode.NOT_NOTIFIED: ["Graph refuses.", "ROOMSYNC_INGEST_PUBLIC_URL"],
    FindingCode.CANCELLATIONS_WAIT: ["7 reservations of Aula", f"roomsync rooms confirm {SPACE} --by"],
    FindingCode.CONNECTION_PAUSED: ["12 rooms", "The secret expired.", "credential contoso", str(CONNECTION)],
    FindingCode.CREDENTIAL_EXPIRES_IN_MONTHS: ["contoso", "at 2026-04-30 09:00 UTC, in 60 days", "the-app"],
    FindingCode.CREDENTIAL_EXPIRES_IN_WEEKS: ["contoso", "at 2026-03-31 09:00 UTC, in 30 days", str(CONNECTION)],
    FindingCode.CREDENTIAL_EXPIRES_IN_DAYS: ["contoso", "at 2026-03-08 09:00 UTC, in 7 days", "the-app"],
    FindingCode.CREDENTIAL_EXPIRED: ["contoso", "It expired at 2026-03-01 09:00 UTC", "the-app"],
    FindingCode.CREDENTIAL_FAILS: ["contoso", "It is refused.", "the-app"],
    FindingCode.SPARE_CREDENTIAL_FAILS: ["contoso", "It is refused.", f"/v1/connections/{CONNECTION}"],
    FindingCode.EXPIRY_NOT_KNOWN: ["secret contoso", "docs/credentials.md"],
    FindingCode.MAILBOX_RENAMED: ["hall@example.org", f"/v1/spaces/{SPACE}", "GET /v1/mapping-proposals"],
}
"""What people have to be told of each."""

IN_ROOMS = {
    FindingCode.ANSWERS_BY_ITSELF,
    FindingCode.MAILBOX_OUT_OF_REACH,
    FindingCode.NO_ROOM_MAILBOX,
    FindingCode.NOT_NOTIFIED,
    FindingCode.CANCELLATIONS_WAIT,
    FindingCode.MAILBOX_RENAMED,
}
IN_CONNECTIONS = {
    FindingCode.TEMPLATE_FAILS,
    FindingCode.CONNECTION_PAUSED,
    FindingCode.CREDENTIAL_EXPIRES_IN_MONTHS,
    FindingCode.CREDENTIAL_EXPIRES_IN_WEEKS,
    FindingCode.CREDENTIAL_EXPIRES_IN_DAYS,
    FindingCode.CREDENTIAL_EXPIRED,
    FindingCode.CREDENTIAL_FAILS,
    FindingCode.SPARE_CREDENTIAL_FAILS,
    FindingCode.EXPIRY_NOT_KNOWN,
}


def found(facts: KnownFacts) -> Sequence[Finding]:
    return select(find(facts), WantedFindings())


def codes(facts: KnownFacts) -> list[FindingCode]:
    return [each.code for each in found(facts)]


@pytest.mark.parametrize("code", STANDING)
def test_each_code_is_found_by_its_facts_since_they_began_and_says_what_mends_it(code: FindingCode) -> None:
    [one] = found(KNOWN[code])

    assert (one.code, one.level, one.since) == (code, REGISTRY[code].level, SINCE)
    assert one.doc == f"docs/findings.md#{code.lower()}"
    told = f"{one.finding} {one.remedy}"
    assert [each for each in SAID[code] if each not in told] == []
    assert not re.search(r"[{}]", f"{one.subject} {told} {one.why}"), "something was not filled in"
    for text in (one.finding, one.why, one.remedy):
        assert text[0].isupper() or text[0].isdigit()
        assert text.rstrip("`").endswith((".", "$false"))


@pytest.mark.parametrize("code", STANDING)
def test_a_finding_names_the_space_or_connection_that_it_is_about(code: FindingCode) -> None:
    [one] = found(KNOWN[code])

    assert one.space_id == (SPACE if code in IN_ROOMS else None)
    assert one.connection_id == (CONNECTION if code in IN_ROOMS | IN_CONNECTIONS else None)
    if code in IN_ROOMS:
        assert one.subject == "the space Aula, aula@example.org"


@pytest.mark.parametrize(
    "mended",
    [
        KnownFacts(),
        KnownFacts(mail=MailSetup(is_set_up=True, since=SINCE, approval_rules=2, waiting_lists=1)),
        room(),
        room(watch_state=None, sweep_state=None),
        room(watch_state="connecting", watch_since=SINCE, watch_detail="The first try failed."),
        room(sweep_state="failing", sweep_since=SINCE, sweep_detail="It is tried again."),
        credentials(),
        credentials(expires_at=SINCE + timedelta(days=60, seconds=1)),
        credentials(kind="workload_identity", expires_at=None),
        credentials(kind=None, expires_at=None),
    ],
)
def test_nothing_is_found_where_nothing_is_to_be_mended(mended: KnownFacts) -> None:
    assert found(mended) == []


@pytest.mark.parametrize(("rules", "lists", "needs"), [(1, 0, "1 approval rule that"), (0, 2, "2 waiting lists that")])
def test_either_of_approvals_and_waiting_lists_needs_a_mail_server(rules: int, lists: int, needs: str) -> None:
    [one] = found(KnownFacts(mail=replace(NO_MAIL, approval_rules=rules, waiting_lists=lists)))

    assert (one.code, one.level) == (FindingCode.NO_MAIL_SERVER, FindingLevel.ERROR)
    assert needs.removesuffix(" that") in one.finding


def test_a_mailbox_that_both_services_cannot_reach_is_one_finding_since_the_first_of_them_could_not() -> None:
    [one] = found(
        room(
            watch_state="quarantined",
            watch_since=SINCE,
            watch_detail="It was not found.",
            sweep_state="quarantined",
            sweep_since=EARLIER,
            sweep_detail="It was removed.",
        )
    )

    assert (one.code, one.since) == (FindingCode.MAILBOX_OUT_OF_REACH, EARLIER)
    assert "It was not found." in one.finding


def test_a_mailbox_that_only_the_comparison_cannot_reach_is_found_too() -> None:
    [one] = found(room(sweep_state="quarantined", sweep_since=EARLIER, sweep_detail="It was removed."))

    assert (one.code, one.since) == (FindingCode.MAILBOX_OUT_OF_REACH, EARLIER)
    assert "It was removed." in one.finding


def test_rooms_out_of_reach_are_not_told_one_by_one_where_their_whole_connection_is_paused() -> None:
    paused = room(watch_state="quarantined", watch_since=SINCE, sweep_state="paused", sweep_since=SINCE)

    assert found(paused) == []


def test_a_room_may_have_several_findings() -> None:
    both = room(watch_state="polling", watch_since=SINCE, sweep_state="braked", sweep_since=SINCE, answers_since=SINCE)

    assert codes(both) == [
        FindingCode.CANCELLATIONS_WAIT,
        FindingCode.ANSWERS_BY_ITSELF,
        FindingCode.NOT_NOTIFIED,
    ]


def test_names_that_look_like_forms_or_commands_are_told_as_they_are() -> None:
    [one] = found(room(space_name="{code}", room_mailbox="o'neil@example.org", answers_since=SINCE))

    assert one.subject == "the space {code}, o'neil@example.org"
    assert "-Identity 'o''neil@example.org' -Auto" in one.remedy


def all_at_once() -> KnownFacts:
    rooms = [each for facts in KNOWN.values() for each in facts.rooms]
    return KnownFacts(
        mail=NO_MAIL,
        refused=KNOWN[FindingCode.MAILS_REFUSED].refused,
        templates=KNOWN[FindingCode.TEMPLATE_FAILS].templates,
        rooms=[replace(each, space_id=UUID(int=number)) for number, each in enumerate(rooms, 10)],
        connections=KNOWN[FindingCode.CONNECTION_PAUSED].connections,
        credentials=[
            replace(each, connection_id=UUID(int=number))
            for number, facts in enumerate(KNOWN.values(), 100)
            for each in facts.credentials
        ],
    )


def test_the_worst_come_first_whatever_the_order_of_the_facts() -> None:
    facts = all_at_once()
    listed = found(facts)

    assert [each.level for each in listed] == sorted((each.level for each in listed), key=list(FindingLevel).index)
    assert found(replace(facts, rooms=facts.rooms[::-1])) == listed


def test_what_comes_after_each_place_in_turn_is_everything_once() -> None:
    facts, walked, after = all_at_once(), [], None
    while rest := select(find(facts), WantedFindings(), after):
        walked.append(rest[0])
        after = rest[0].place

    assert walked == found(facts)
    assert len({each.place for each in walked}) == len(walked) == len(STANDING) - 1
    assert all(read_place(each.place[0]) for each in walked)


def test_a_finding_keeps_its_place_when_it_is_looked_for_again() -> None:
    facts = all_at_once()

    assert [each.place for each in found(facts)] == [each.place for each in found(facts)]


def test_findings_are_chosen_by_level_code_and_space() -> None:
    every = found(all_at_once())
    one = next(each for each in every if each.space_id is not None)

    def chosen(**wanted: Any) -> Sequence[Finding]:
        return select(every, WantedFindings(**wanted))

    assert chosen(level=FindingLevel.INFO) == [each for each in every if each.level is FindingLevel.INFO] != []
    assert chosen(code=one.code) == [each for each in every if each.code is one.code] != []
    assert chosen(space_id=one.space_id) == [one]
    assert chosen(space_id=one.space_id, level=FindingLevel.INFO) == []


@pytest.mark.parametrize("place", ["", "Room", "0 RS101", "x RS101 y"])
def test_a_place_that_no_finding_has_is_refused(place: str) -> None:
    with pytest.raises(ValueError, match="no place"):
        read_place(place)
