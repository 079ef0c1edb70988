"""Pages as HTML: one layout, and nothing that is not ours.

A page is always rendered whole. A request of htmx takes the part of it that it wants, by `hx-select`, so there is one
template and one way through the code. One rule: everything that is shown is escaped by the templates.
"""

from collections.abc import Mapping
from pathlib import Path

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from libs.contracts.fields import MOST_CHARACTERS
from services.policy.console.addresses import ROOT
from services.policy.console.sections import Section, sections_for
from services.policy.console.static import address_of
from services.policy.console.visitor import Visitor
from services.policy.core.actors import say_actor
from services.policy.core.naming import cut
from services.policy.core.policies.phrases import say_count, say_people
from services.policy.core.times import say_moment, say_window, whole_days

_environment = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals.update(
    root=ROOT,
    static=address_of,
    say_actor=say_actor,
    say_moment=say_moment,
    say_window=say_window,
    say_count=say_count,
    say_people=say_people,
    whole_days=whole_days,
    most_characters=MOST_CHARACTERS,
)
_environment.filters["cut"] = cut


def show(
    request: Request,
    template: str,
    facts: Mapping[str, object],
    *,
    section: Section | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a page: the name of a template without its ending, and the facts it has places for.

    Whoever has not signed in gets it without navigation.
    """
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    around = {
        "visitor": visitor,
        "section": section,
        "sections": sections_for(visitor.caller) if visitor is not None else (),
    }
    body = _environment.get_template(f"{template}.html").render(**around, **facts)
    return Response(body, status, headers, "text/html; charset=utf-8")


def go_on(request: Request, template: str, address: str) -> Response:
    """Return a page from which the browser goes on by itself, as if by a link.

    Source: https://html.spec.whatwg.org/multipage/document-lifecycle.html#the-refresh-header
    """
    return show(request, template, {"address": address}, headers={"Refresh": f"0; url={address}"})
