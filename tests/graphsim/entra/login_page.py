"""What people see of Entra: whom they may choose to be, and why it does not let them in."""

from collections.abc import Iterable
from html import escape

from aiohttp import web

from tests.graphsim.entra.people import TenantUser

_LAYOUT = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title></head><body><main><h1>{title}</h1>
{content}
<p><small>This page stands in for Microsoft's. It asks for no password.</small></p></main></body></html>
"""


def choosing(people: Iterable[TenantUser], action: str, *, another: str | None) -> web.Response:
    """The page on which one chooses who one is; `another` is where everybody can be chosen, if not here."""
    buttons = "\n".join(
        f'<p><button name="person" value="{escape(each.address)}">{escape(each.name)}</button> '
        f"{escape(each.address)}, {escape(_roles_of(each))}</p>"
        for each in people
    )
    link = "" if another is None else f'<p><a href="{escape(another)}">Use another account</a></p>'
    form = f'<form method="post" action="{escape(action)}">\n{buttons}\n{link}'
    cancel = '<p><button name="cancel" value="yes">Cancel</button></p></form>'
    return _page("Pick an account", form + cancel, 200)


def refusing_page(message: str) -> web.Response:
    """The page that says why nobody can sign in; the application is not told, because it may be the wrong one."""
    return _page("Sign in", f"<p>Sorry, but we're having trouble signing you in.</p><p>{escape(message)}</p>", 400)


def signed_out_page() -> web.Response:
    """The page after signing out, where no application is to be gone back to."""
    return _page("You signed out of your account", "<p>It's a good idea to close all browser windows.</p>", 200)


def _roles_of(person: TenantUser) -> str:
    return f"in the role {' and '.join(person.roles)}" if person.roles else "in no role"


def _page(title: str, content: str, status: int) -> web.Response:
    body = _LAYOUT.format(title=title, content=content)
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": "frame-ancestors 'none'"}
    return web.Response(status=status, text=body, content_type="text/html", headers=headers)
