"""When a request on a waiting list has come to its end, and what its mail says."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from libs.contracts.messages import MailRequested
from services.policy.core.answers.rendering import render_answer
from services.policy.core.explanations import WaitingListOffer
from services.policy.core.ledger import Reservation
from services.policy.core.space import Space
from services.policy.core.waiting.ending import WaitingFacts, find_end
from services.policy.core.waiting.mails import tell_of_offer, write_offer
from services.policy.core.waiting.request import WaitingRequest
from tests.unit.policy.factories import NOW, SPACE, reservation, space, window

ASKED = window(9)
ELSEWHERE = window(14)
SOON = NOW + timedelta(minutes=30)
NOTHING = WaitingFacts(booked=None, asks_for=None, is_meeting_cancelled=False)
WAITING = WaitingRequest(
    id=UUID(int=7),
    space_id=SPACE,
    state="waiting",
    starts_at=ASKED.start,
    ends_at=ASKED.end,
    people=2,
    title="Review",
    is_private=False,
    organizer_address="ben@example.org",
    organizer_name="Ben",
    ical_uid="uid-7",
    asked_at=NOW,
    look_at=NOW,
)
OFFERED = replace(WAITING, state="offered", offer_id=UUID(int=8), offered_at=NOW, offered_until=SOON)
HELD = replace(reservation(), status="pending", reasons=(WaitingListOffer(until=SOON),))


@pytest.mark.parametrize(
    ("facts", "end"),
    [
        (NOTHING, None),
        (replace(NOTHING, asks_for=ASKED), None),
        (replace(NOTHING, asks_for=ELSEWHERE), "withdrawn"),
        (replace(NOTHING, is_meeting_cancelled=True), "withdrawn"),
        (replace(NOTHING, booked=ASKED, asks_for=ASKED), "taken"),
        (replace(NOTHING, booked=ELSEWHERE), "withdrawn"),
    ],
)
def test_a_request_waits_as_long_as_its_meeting_asks_for_that_time_and_has_none(
    facts: WaitingFacts, end: str | None
) -> None:
    assert find_end(WAITING, facts, None, NOW) == end


@pytest.mark.parametrize(
    ("held", "end"),
    [
        (HELD, None),
        (replace(HELD, status="confirmed", reasons=()), "taken"),
        (replace(HELD, reasons=()), "taken"),
        (replace(HELD, status="cancelled"), "withdrawn"),
        (replace(HELD, status="declined", reasons=()), "withdrawn"),
        (None, "withdrawn"),
    ],
)
def test_an_offer_stands_as_long_as_its_time_is_held(held: Reservation | None, end: str | None) -> None:
    assert find_end(OFFERED, NOTHING, held, NOW) == end


@pytest.mark.parametrize("waiting", [WAITING, OFFERED])
def test_nothing_waits_beyond_its_start_or_its_deadline(waiting: WaitingRequest) -> None:
    assert find_end(waiting, NOTHING, HELD, ASKED.start) == "lapsed"
    assert find_end(OFFERED, NOTHING, HELD, SOON - timedelta(seconds=1)) is None
    assert find_end(OFFERED, NOTHING, HELD, SOON) == "lapsed"


def mail_about(waiting: WaitingRequest, about: Space, url: str | None, template: str | None = None) -> MailRequested:
    return write_offer(waiting, about, url, render_answer(tell_of_offer(waiting, about, url), template).text)


def test_the_mail_is_in_the_words_of_the_template() -> None:
    url = "https://rooms.example.org/links/abc"

    mail = mail_about(OFFERED, space(), url, "Come to {{ room }}!\n\n{{ links | join(' ') }}")

    assert mail.text == f"Come to Aurora!\n\nTake it, or give it back, on this page: {url}\n"
    assert mail.html is not None
    assert f'<a href="{url}">{url}</a>' in mail.html


@pytest.mark.parametrize("url", [None, "https://rooms.example.org/links/abc"])
def test_the_mail_says_what_is_free_until_when_and_how_to_take_it(url: str | None) -> None:
    mail = mail_about(OFFERED, space(), url)

    assert (mail.mail_id, mail.expires_at) == (OFFERED.mail_id, SOON)
    assert "is free at the time that you wait for" in mail.text
    assert "Review" in mail.text
    assert "send an update with the room invited" in mail.text
    assert (url is not None) == ("/links/abc" in mail.text) == ("/links/abc" in (mail.html or ""))


def test_the_mail_of_a_private_meeting_names_no_title_and_html_is_escaped() -> None:
    room = space(name="<Aurora>")

    private = mail_about(replace(OFFERED, is_private=True), room, None)
    named = mail_about(replace(OFFERED, title="<b>Review</b>", ical_uid=None), room, None)

    assert "Review" not in private.subject + private.text + (private.html or "")
    assert "&lt;b&gt;Review&lt;/b&gt;" in (named.html or "")
    assert "<Aurora>" not in (named.html or "")
