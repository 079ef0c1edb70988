"""Where browsers are sent to sign in and to sign out.

An application is only ever answered at an address that it has registered; whatever is wrong before that is known is
told to the person alone. Somebody who has signed in is not asked again, unless `prompt` says so.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-oauth2-auth-code-flow
Source: https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc#send-a-sign-out-request
"""

from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import web

from tests.graphsim.entra.applications import TENANT_ID
from tests.graphsim.entra.documented import documented
from tests.graphsim.entra.login_page import choosing, refusing_page, signed_out_page
from tests.graphsim.entra.people import TenantUser
from tests.graphsim.entra.refusing import TokenRequestRefused
from tests.graphsim.entra.signing_in import BrowserLogin, SigningIn

COOKIE = "ESTSAUTH"
PROMPTS = ("", "login", "none", "consent", "select_account")


class AuthorizeCalls:
    """The pages of the login service."""

    def __init__(self, signing_in: SigningIn) -> None:
        self._signing_in = signing_in

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/{tenant}/oauth2/v2.0/authorize", self.show),
            web.post("/{tenant}/oauth2/v2.0/authorize", self.choose),
            web.get("/{tenant}/oauth2/v2.0/logout", self.log_out),
        ]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Ask who it is, or answer at once for somebody who has signed in."""
        asked = dict(request.query)
        try:
            self._check_address(request.match_info["tenant"], asked)
        except TokenRequestRefused as refusal:
            return refusing_page(refusal.message)
        try:
            _check_question(asked)
            login = self._login_that_counts(request, asked)
        except TokenRequestRefused as refusal:
            return _answer_refusal(asked, refusal)
        if login is not None:
            return self._answer(asked, login.person, login.session)
        return self._page(request, asked)

    async def choose(self, request: web.Request) -> web.StreamResponse:
        """Sign in as whoever was chosen, and answer the application."""
        asked, form = dict(request.query), await request.post()
        try:
            self._check_address(request.match_info["tenant"], asked)
        except TokenRequestRefused as refusal:
            return refusing_page(refusal.message)
        if "cancel" in form:
            return _answer_refusal(asked, documented(65004))
        person = self._signing_in.people.find(str(form.get("person", "")))
        if person is None:
            return refusing_page(documented(50034, tenant=TENANT_ID).message)
        browser = self._signing_in.log_in(person)
        login = self._signing_in.logged_in(browser)
        assert login is not None
        answer = self._answer(asked, person, login.session)
        answer.set_cookie(COOKIE, browser, path="/", secure=True, httponly=True, samesite="None")
        return answer

    async def log_out(self, request: web.Request) -> web.StreamResponse:
        """Forget who signed in, and go back to the application if the address is one of its own."""
        self._signing_in.log_out(request.cookies.get(COOKIE, ""))
        back = request.query.get("post_logout_redirect_uri", "")
        if not self._signing_in.applications.have_registered(back):
            answer: web.StreamResponse = signed_out_page()
        else:
            answer = web.Response(status=302, headers={"Location": back})
        answer.del_cookie(COOKIE, path="/")
        return answer

    def _check_address(self, tenant: str, asked: Mapping[str, str]) -> None:
        """Refuse what must not be answered at the address that it names."""
        client_id = asked.get("client_id", "")
        if tenant != TENANT_ID:
            raise documented(90002, tenant=tenant)
        application = self._signing_in.applications.find(client_id)
        if application is None:
            raise documented(700016, client=client_id, tenant=tenant)
        if asked.get("redirect_uri") not in application.redirect_uris:
            raise documented(50011, client=client_id, presented=asked.get("redirect_uri", ""))

    def _login_that_counts(self, request: web.Request, asked: Mapping[str, str]) -> BrowserLogin | None:
        """Who need not be asked; raises TokenRequestRefused if nobody may be asked and nobody has signed in."""
        prompt, hint = asked.get("prompt", ""), asked.get("login_hint", "").lower()
        login = self._signing_in.logged_in(request.cookies.get(COOKIE, ""))
        if login is not None and hint not in {"", login.person.address.lower()}:
            login = None
        if prompt == "none" and login is None:
            raise documented(50058)
        return login if prompt in {"", "none"} else None

    def _page(self, request: web.Request, asked: Mapping[str, str]) -> web.Response:
        hinted = self._signing_in.people.find(asked.get("login_hint", ""))
        if hinted is None:
            return choosing(self._signing_in.people.all, str(request.rel_url), another=None)
        everybody = request.rel_url.without_query_params("login_hint")
        return choosing([hinted], str(request.rel_url), another=str(everybody))

    def _answer(self, asked: Mapping[str, str], person: TenantUser, session: str) -> web.Response:
        code = self._signing_in.codes.grant(person, asked, session)
        return _redirect(asked["redirect_uri"], {"code": code, **_state(asked), "session_state": session})


def _check_question(asked: Mapping[str, str]) -> None:
    if asked.get("response_type") != "code":
        raise documented(70005)
    if asked.get("response_mode", "query") != "query":
        raise documented(90014, presented="response_mode", error="invalid_request")
    if "openid" not in asked.get("scope", "").split():
        raise documented(70011, client=asked["client_id"])
    if asked.get("code_challenge_method", "S256") != "S256":
        raise documented(50149)
    if asked.get("prompt", "") not in PROMPTS:
        raise documented(90023)


def _answer_refusal(asked: Mapping[str, str], refusal: TokenRequestRefused) -> web.Response:
    error = {"error": refusal.code, "error_description": refusal.message}
    return _redirect(asked["redirect_uri"], {**error, **_state(asked)})


def _state(asked: Mapping[str, str]) -> dict[str, str]:
    return {"state": asked["state"]} if "state" in asked else {}


def _redirect(uri: str, parameters: Mapping[str, str]) -> web.Response:
    """Send the browser on with these parameters, beside those that the address has."""
    separator = "&" if "?" in uri else "?"
    return web.Response(status=302, headers={"Location": f"{uri}{separator}{urlencode(parameters)}"})
