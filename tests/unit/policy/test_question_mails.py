"""Who is mailed about a question, when, and what the mail says."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from libs.contracts.approvals import MailKind
from libs.contracts.values import Window
from services.policy.core.approvals.mails import PlannedMail, plan_mails
from services.policy.core.approvals.question import Question
from services.policy.core.approvals.telling import ToldQuestion, WrittenMail, write_mail
from services.policy.core.explanations import BrokenRule, Explanation
from services.policy.core.policies.rule import Breach
from tests.unit.policy.approving import asked, asking, unasked, waiting
from tests.unit.policy.changed_series import LATER, changing
from tests.unit.policy.factories import BOOKED, NOW, crowded, decided, meeting, weekly, window

HOUR = timedelta(hours=1)
TWO = ["grace@example.org", "hugo@example.org"]
LINK = "https://rooms.example.org/links/abc"


def question_of(**parameters: Any) -> Question:
    """Ask about a meeting at `BOOKED`, a day from now, by a policy with these parameters."""
    [question] = asked(decided(unasked(asking(**parameters)), meeting()))
    return question


def due(question: Question) -> list[tuple[str, str, timedelta]]:
    """Return the kinds, recipients and times from now of the mails that are planned."""
    return [(each.kind, each.recipient.partition("@")[0], each.due_at - NOW) for each in plan_mails(question)]


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, [("asked", "grace", 0)]),
        ({"stand_ins": ["ben@example.org"]}, [("asked", "grace", 0)]),
        ({"approvers": TWO}, [("asked", "grace", 0), ("asked", "hugo", 0)]),
        ({"deadline_minutes": 480}, [("asked", "grace", 0), ("reminder", "grace", 4)]),
        (
            {"deadline_minutes": 480, "stand_ins": ["ben@example.org"]},
            [("asked", "grace", 0), ("reminder", "grace", 4), ("stand_in", "ben", 6)],
        ),
        (
            {"deadline_minutes": 480, "stand_ins": TWO},
            [("asked", "grace", 0), ("reminder", "grace", 4), ("stand_in", "hugo", 6)],
        ),
        (
            {"deadline_minutes": 480, "at_deadline": "leave", "stand_ins": ["ben@example.org"]},
            [("asked", "grace", 0), ("reminder", "grace", 4), ("stand_in", "ben", 6)],
        ),
        ({"before_start_minutes": 240}, [("asked", "grace", 0), ("reminder", "grace", 10)]),
        ({"deadline_minutes": 60 * 1000}, [("asked", "grace", 0), ("reminder", "grace", 12.5)]),
        (
            {"before_start_minutes": 60 * 48, "at_deadline": "leave", "stand_ins": ["ben@example.org"]},
            [("asked", "grace", 0), ("stand_in", "ben", 0)],
        ),
        ({"before_start_minutes": 60 * 48, "stand_ins": ["ben@example.org"]}, []),
    ],
    ids=[
        "no deadline",
        "no deadline to stand in for",
        "two",
        "reminder",
        "stand-in",
        "stand-in who was asked",
        "left",
        "before the start",
        "deadline after the end",
        "late and left",
        "late",
    ],
)
def test_approvers_are_mailed_at_once_and_at_half_of_the_time_and_stand_ins_at_three_quarters(
    parameters: dict[str, Any], expected: list[tuple[str, str, float]]
) -> None:
    assert due(question_of(**parameters)) == [(kind, who, hours * HOUR) for kind, who, hours in expected]


def test_a_question_whose_policies_name_nobody_has_no_mails() -> None:
    assert plan_mails(replace(question_of(), approvers=())) == ()


def test_a_question_that_supersedes_another_is_mailed_about_as_such_and_its_time_counts_anew() -> None:
    policy = asking(deadline_minutes=480)
    before = waiting(policy)
    now = NOW + HOUR
    longer = meeting(Window(start=BOOKED.start, end=BOOKED.end + HOUR))

    [closed, anew] = asked(decided(replace(before, now=now), longer, now))

    assert (closed.state, anew.asked_at) == ("superseded", NOW)
    assert due(anew) == [("asked_instead", "grace", HOUR), ("reminder", "grace", 5 * HOUR)]
    assert before.question is not None
    assert not ids(plan_mails(anew)) & ids(plan_mails(before.question))


def ids(mails: tuple[PlannedMail, ...]) -> set[Any]:
    return {each.mail_id for each in mails}


def test_the_same_mail_always_has_the_same_id_and_another_has_another() -> None:
    question = question_of(approvers=TWO, deadline_minutes=480, stand_ins=["ben@example.org"])

    assert plan_mails(question) == plan_mails(question)
    assert len(ids(plan_mails(question))) == 5


def told(question: Question | None = None, **different: Any) -> ToldQuestion:
    usual: dict[str, Any] = {
        "space_name": "Aurora",
        "space_time_zone": "Europe/Berlin",
        "title": "Planning",
        "is_private": False,
        "organizer_name": "Ada",
        "booked_start": None,
        "booked_end": None,
    }
    about = question or question_of()
    fields = {name: getattr(about, name) for name in Question.__slots__}
    return ToldQuestion(**fields | usual | different)


def mail(about: ToldQuestion, kind: MailKind = "asked", link: str | None = LINK) -> WrittenMail:
    return write_mail(about, kind, link)


def test_a_mail_says_who_asks_for_what_why_and_until_when_and_links_to_the_page() -> None:
    assert mail(told(question_of(deadline_minutes=480))).text == (
        "Ada (ada@example.org) asks for Aurora, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin).\n"
        "\n"
        'It is about "Planning", and 1 person is expected.\n'
        "\n"
        "An administrator has to approve every booking of Aurora.\n"
        "\n"
        "Please decide by Mon 01 Mar 2027, 17:00 (Europe/Berlin). If nobody has decided by then, it is declined.\n"
        "\n"
        "To decide, open this page. It asks before anything is done:\n"
        "\n"
        "https://rooms.example.org/links/abc\n"
        "\n"
        "The link is for you alone: whoever has it can decide in your name.\n"
    )


@pytest.mark.parametrize(
    ("kind", "subject", "opening"),
    [
        ("asked", "Please decide: ", "Ada (ada@example.org) asks"),
        ("asked_instead", "Please decide: ", "This replaces an earlier question about the same booking, which cannot"),
        ("reminder", "Reminder, please decide: ", "Nobody has decided yet about what you were asked before."),
        (
            "stand_in",
            "Nobody has decided yet: ",
            "You are asked as a stand-in, because nobody has decided yet. grace@example.org and hugo@example.org were",
        ),
    ],
)
def test_each_kind_of_mail_says_why_it_comes(kind: MailKind, subject: str, opening: str) -> None:
    written = mail(told(question_of(approvers=TWO)), kind)

    assert written.subject == f"{subject}Aurora, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)"
    assert written.text.startswith(opening)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "It can be decided until it is over, Tue 02 Mar 2027, 10:00 (Europe/Berlin). If nobody has decided by"),
        ({"deadline_minutes": 480}, "Please decide by Mon 01 Mar 2027, 17:00 (Europe/Berlin). If nobody has decided"),
        ({"deadline_minutes": 480, "at_deadline": "approve"}, "If nobody has decided by then, it is approved."),
        (
            {"deadline_minutes": 480, "at_deadline": "leave"},
            "If nobody has decided by then, it waits on, and can be decided until it is over, Tue 02 Mar 2027, 10:00",
        ),
        ({"deadline_minutes": 60 * 1000}, "It can be decided until it is over, Tue 02 Mar 2027, 10:00 (Europe/Berlin)"),
    ],
)
def test_a_mail_says_until_when_it_can_be_decided_and_what_happens_then(
    parameters: dict[str, Any], expected: str
) -> None:
    assert expected in mail(told(question_of(**parameters))).text


def test_without_a_link_a_mail_says_where_to_decide() -> None:
    about = told()
    written = mail(about, link=None)

    for each in (written.text, written.html):
        assert f"/v1/approvals/{about.id}" in each
        assert f"roomsync approvals approve {about.id}" in each
        assert "link" not in each


def test_of_a_private_meeting_a_mail_says_nothing_but_its_time_and_organizer() -> None:
    question = replace(question_of(), reasons=(crowded(8, 9),))
    written = mail(told(question, is_private=True, title="Surgery"))

    assert written.text.startswith(
        "Ada (ada@example.org) asks for Aurora, Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin).\n\n"
        "The meeting is private, so nothing else of it is told.\n\nIt can be decided until"
    )
    for word in ("Surgery", "expected", "holds"):
        assert word not in written.subject + written.text + written.html


def test_a_series_is_told_with_its_first_and_last_date_and_their_number() -> None:
    question = question_of()
    dates = tuple(weekly(number) for number in range(4))
    series = replace(question, asked=question.asked.model_copy(update={"window": dates[0], "dates": dates}))

    assert mail(told(series)).text.startswith(
        "Ada (ada@example.org) asks for Aurora for a recurring meeting on 4 dates: "
        "the first is Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), the last is on Tue 23 Mar 2027."
    )


def test_a_change_is_told_with_what_is_booked_and_stays_so() -> None:
    at = window(26)
    written = mail(told(booked_start=at.start, booked_end=at.end)).text

    assert "asks to change a booking of Aurora, Tue 02 Mar 2027, 11:00-12:00 (Europe/Berlin), to Tue 02 Mar" in written
    assert "If nobody has decided by then, the booking stays as it is." in written


def test_a_change_of_a_series_is_told_with_its_dates_before_and_after() -> None:
    _, question = changing(LATER, asking(deadline_minutes=60))
    text = mail(told(question)).text

    assert text.startswith(
        "Ada (ada@example.org) asks to change a recurring meeting in Aurora, booked for 4 dates: the first is "
        "Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin), the last is on Tue 23 Mar 2027, to 4 dates: the first is "
        "Tue 02 Mar 2027, 12:00-13:00 (Europe/Berlin), the last is on Tue 23 Mar 2027."
    )
    assert "If nobody has decided by then, the booking stays as it is." in text


def test_who_asks_is_told_as_far_as_it_is_known() -> None:
    nobody = replace(question_of(), asked=question_of().asked.model_copy(update={"organizer": None}))

    assert mail(told(nobody, organizer_name=None)).text.startswith("The back office asks for Aurora")
    assert mail(told(organizer_name=None)).text.startswith("ada@example.org asks for Aurora")


def test_what_people_wrote_becomes_no_html_no_line_of_its_own_and_no_endless_mail() -> None:
    nasty = '<script>alert("x")</script>\r\nBcc: eve@example.org \u202e{{ 7 * 7 }}'
    written = mail(told(title=nasty, organizer_name=nasty, space_name=nasty))

    assert "<script>" not in written.html
    assert "&lt;script&gt;" in written.html
    assert "49" not in written.html + written.text
    assert "\n" not in written.subject
    assert "\u202e" not in written.subject + written.text + written.html
    assert not any(line.startswith("Bcc") for line in written.text.splitlines())
    endless = "<b>" * 40_000
    long = mail(told(title=endless, organizer_name=endless, space_name=endless))
    assert len(long.subject) < 400
    assert len(long.text) + len(long.html) < 6000


def test_a_link_stays_a_link_in_html() -> None:
    assert '<a href="https://rooms.example.org/links/abc?a=1&amp;b=2">' in mail(told(), link=f"{LINK}?a=1&b=2").html


def test_many_reasons_and_many_approvers_are_cut_short_and_counted() -> None:
    many = tuple(f"approver-{number}@example.org" for number in range(1000))
    reasons: tuple[Explanation, ...] = tuple(
        BrokenRule(
            policy_id=each.policy_id, version=1, effect="approve", rule=each.rule, breach=Breach(limit=8, actual=people)
        )
        for people, each in ((people, crowded(8, 9)) for people in range(9, 209))
    )
    written = mail(told(replace(question_of(), approvers=many, reasons=reasons)), "stand_in").text

    assert "approver-9@example.org and 990 more were asked before." in written
    assert "There are 195 more reasons, which the question lists." in written
    assert len(written) < 4000


def test_a_mail_is_cut_to_no_less_than_what_has_to_be_known() -> None:
    written = mail(told(title="x" * 100_000)).text

    assert f'"{"x" * 59}…"' in written
