"""Pages as HTML: one layout, no script, nothing loaded from elsewhere.

One rule: everything that is shown is escaped by the templates, and the browser is told to run and load nothing.
"""

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from fastapi import Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = (_TEMPLATES / "style.css").read_text()
_STYLE_HASH = b64encode(sha256(_STYLE.encode()).digest()).decode()

HEADERS = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}
"""No script, no foreign content, no frame; and the address, which is a right to act, is not passed on.

Source: https://www.w3.org/TR/CSP3/ and https://www.w3.org/TR/referrer-policy/
"""

_environment = Environment(
    loader=FileSystemLoader(_TEMPLATES),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_environment.globals["style"] = Markup(_STYLE)  # noqa: S704 - our own file, which is no markup


@dataclass(frozen=True, slots=True)
class Page:
    """What a person is shown: the name of a template without its ending, and the facts it has places for."""

    template: str
    facts: Mapping[str, object] = field(default_factory=dict)
    status: int = 200


def answer_page(page: Page, headers: Mapping[str, str] | None = None) -> Response:
    """Return a page as a response."""
    body = _environment.get_template(f"{page.template}.html").render(page.facts)
    return Response(body, page.status, {**HEADERS, **(headers or {})}, "text/html; charset=utf-8")
