"""Pages are rendered whole, escaped, and with what the visitor may see."""

from types import SimpleNamespace

import pytest
from fastapi import APIRouter, Request
from jinja2 import UndefinedError

from services.policy.commands.callers import Caller, Role
from services.policy.console.page import show
from services.policy.console.pages import ROUTERS
from services.policy.console.problems import show_problem
from services.policy.console.sections import FINDINGS, SECTIONS
from services.policy.console.security_headers import HEADERS
from services.policy.console.visitor import Visitor


def asked_by(visitor: Visitor | None) -> Request:
    state = {} if visitor is None else {"visitor": visitor}
    return Request({"type": "http", "method": "GET", "path": "/", "headers": [], "state": state})


def visitor(*roles: Role, name: str | None = "Grace") -> Visitor:
    return Visitor(Caller("tenant/grace", frozenset(roles), name), "token")


def text_of(request: Request, detail: str = "It is so.") -> str:
    return bytes(show_problem(request, 404, "Not there", detail).body).decode()


def test_a_page_before_the_sign_in_has_no_navigation_and_nobody_to_sign_out() -> None:
    text = text_of(asked_by(None))

    assert "It is so." in text
    assert "<nav" not in text
    assert "sign-out" not in text
    assert "hx-headers" not in text


def test_somebody_without_a_name_is_called_by_their_id() -> None:
    assert "tenant/grace" in text_of(asked_by(visitor(Role.VIEWER, name=None)))


@pytest.mark.parametrize("hostile", ["{{7*7}}", "<script>alert(1)</script>", "\"'><img src=x>"])
def test_what_is_shown_is_text(hostile: str) -> None:
    text = text_of(asked_by(visitor(Role.VIEWER, name=hostile)), hostile)

    assert "49" not in text
    assert "<script>alert" not in text
    assert "<img" not in text


def test_a_fact_that_is_missing_is_an_error_and_no_gap() -> None:
    with pytest.raises(UndefinedError):
        show(asked_by(visitor(Role.VIEWER)), "problem", {})


def test_the_section_is_marked_that_the_page_is_of() -> None:
    facts = {"title": "A", "detail": "B", "reasons": (), "retry": False, "sign_in": None}
    text = bytes(show(asked_by(visitor(Role.VIEWER)), "problem", facts, section=FINDINGS).body).decode()

    assert text.count("aria-current") == 1
    assert f'href="{FINDINGS.address}" aria-current="page"' in text


def test_scripts_and_styles_come_from_files_only() -> None:
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_every_section_has_a_page_and_every_change_is_a_post() -> None:
    routes = [route for router in ROUTERS for route in router.routes]
    paths = {getattr(each, "path", "") for each in routes}
    methods = {method for each in routes for method in getattr(each, "methods", ())}

    assert {each.address.removeprefix("/console") for each in SECTIONS} <= paths
    assert methods == {"GET", "POST"}
    assert all(isinstance(each, APIRouter) for each in ROUTERS)


def test_each_page_and_each_form_says_who_it_is_for() -> None:
    for router in ROUTERS[1:]:  # the first has the files, which are for everybody
        for route in router.routes:
            guards = [each.dependency for each in getattr(route, "dependencies", ())]
            assert any(hasattr(each, "roles") for each in guards), getattr(route, "path", SimpleNamespace())
