"""Tell somebody on the waiting list by mail what they are offered: what, until when, and what to do.

The words are those of the connection's template for it, or the default.
"""

import re
from html import escape

from libs.contracts.messages import MailRequested
from libs.contracts.values import Person
from services.policy.core.answers.kinds import AnswerKind
from services.policy.core.answers.rendering import AnswerFacts
from services.policy.core.letters import of_every_kind
from services.policy.core.naming import cut
from services.policy.core.space import Space
from services.policy.core.times import say_moment, say_window
from services.policy.core.waiting.request import WaitingRequest

ABOUT = "waiting_list.offered"
_PARAGRAPHS = re.compile(r"\n{2,}")


def tell_of_offer(waiting: WaitingRequest, space: Space, url: str | None) -> AnswerFacts:
    """Return what the mail about an offer speaks of.

    `url` is the address of the page by which the offer is taken; without it, it is taken in Outlook alone.
    """
    place, until = space.place, waiting.offered_until or waiting.starts_at
    return AnswerFacts(
        AnswerKind.WAITING_LIST_OFFER,
        {
            **of_every_kind(waiting.window, place),
            "links": [] if url is None else [f"Take it, or give it back, on this page: {url}"],
            "deadline": say_moment(until, place.time_zone),
            "title": "" if waiting.is_private else cut(waiting.title),
            "how_to_take": _say_how_to_take(waiting, url),
        },
    )


def write_offer(waiting: WaitingRequest, space: Space, url: str | None, words: str) -> MailRequested:
    """Return the mail about an offer in these words; its id is derived from the request, so nobody gets two."""
    place = space.place
    return MailRequested(
        mail_id=waiting.mail_id,
        about=ABOUT,
        to=(Person(address=waiting.organizer_address, name=waiting.organizer_name),),
        subject=f"{place.called} is free for you: {say_window(waiting.window, place.time_zone)}",
        text=f"{words}\n",
        html=_in_html(words, url),
        expires_at=waiting.offered_until or waiting.starts_at,
    )


def _say_how_to_take(waiting: WaitingRequest, url: str | None) -> list[str]:
    if waiting.ical_uid is not None:
        how = "Or open" if url is not None else "To take it, open"
        return [f"{how} the meeting in Outlook and send an update with the room invited: the room then accepts it."]
    return [] if url is not None else ["To take it, ask whoever booked for you, or an administrator."]


def _in_html(words: str, url: str | None) -> str:
    """Return the words as paragraphs, with the address of the page as a link."""
    paragraphs = "\n".join(f"<p>{escape(each)}</p>" for each in _PARAGRAPHS.split(words))
    if url is not None:
        link = escape(url)
        paragraphs = paragraphs.replace(link, f'<a href="{link}">{link}</a>')
    return f"{paragraphs}\n"
