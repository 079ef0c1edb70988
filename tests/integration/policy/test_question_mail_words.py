"""What a mail about a question says: its link, its dates, a change, and nothing of a private meeting."""

import re

from services.policy.core.links import Link, LinkPurpose, LinkSigner
from tests.integration.policy.ledger import Ledger, again, meeting, recurring, window
from tests.integration.policy.question_mailing import GRACE, HUGO, asked, asking_room, decide, look, requested, waiting


async def test_each_recipient_has_a_link_of_their_own_for_as_long_as_it_can_be_decided(ledger: Ledger) -> None:
    links = LinkSigner("https://rooms.example.org", ["a secret of more than thirty-two characters"])
    _, _, question = await waiting(ledger, approvers=[GRACE, HUGO], deadline_minutes=480)

    await look(ledger, links)

    expires_at = question.due_at.replace(microsecond=0)
    for mail in await requested(ledger, question.id):
        [url] = re.findall(r"^https://rooms\.example\.org/links/\S+$", mail.text, re.MULTILINE)
        link = links.read(url.rpartition("/")[2], await ledger.now())
        assert link == Link(LinkPurpose.DECIDE_QUESTION, question.id, mail.to[0].address, expires_at)
        assert f'<a href="{url}">' in str(mail.html)


async def test_a_series_is_one_mail_with_its_dates(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    await ledger.observe(room, recurring(window(9), 4))

    await look(ledger)

    [mail] = await requested(ledger, (await asked(ledger, room)).id)
    assert "for Aurora for a recurring meeting on 4 dates: the first is" in mail.text


async def test_a_change_of_what_was_approved_is_mailed_about_as_a_change(ledger: Ledger) -> None:
    room, seen, question = await waiting(ledger)
    await decide(ledger, question.id)
    later = window(14)
    await ledger.observe(room, again(seen, start=later.start, end=later.end, answer="tentativelyAccepted"))

    await look(ledger)

    [mail] = await requested(ledger, (await asked(ledger, room)).id)
    assert mail.about == "question.asked"
    assert "asks to change a booking of Aurora, " in mail.text


async def test_of_a_private_meeting_nothing_is_mailed_but_its_time_and_organizer(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    await ledger.observe(room, meeting(window(9), subject="Surgery", is_private=True))

    await look(ledger)

    [mail] = await requested(ledger, (await asked(ledger, room)).id)
    assert "Ada (ada@example.org) asks for Aurora" in mail.text
    assert "private" in mail.text
    for text in (mail.subject, mail.text, str(mail.html)):
        assert "Surgery" not in text
        assert "expected" not in text


async def test_a_title_of_100_kb_of_html_is_cut_and_escaped(ledger: Ledger) -> None:
    room = await asking_room(ledger)
    await ledger.observe(room, meeting(window(9), subject="<script>alert(1)</script>" * 4000))

    await look(ledger)

    [mail] = await requested(ledger, (await asked(ledger, room)).id)
    assert mail.html is not None
    assert "<script>" not in mail.html
    assert "&lt;script&gt;" in mail.html
    assert len(mail.text) + len(mail.html) < 5000
