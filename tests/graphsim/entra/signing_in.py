"""What people's signing in consists of: accounts, applications, codes, and who has signed in with which browser."""

import secrets
from dataclasses import dataclass, field

from tests.graphsim.entra.authorization_codes import AuthorizationCodes
from tests.graphsim.entra.id_tokens import IdTokenFlaws
from tests.graphsim.entra.people import People, TenantUser
from tests.graphsim.entra.web_applications import WebApplications


@dataclass(frozen=True, slots=True)
class BrowserLogin:
    """Who has signed in with a browser; `session` is the `sid` of the tokens that follow from it."""

    person: TenantUser
    session: str


@dataclass(slots=True)
class SigningIn:
    """The state of it. A browser is known by the value of its cookie."""

    people: People = field(default_factory=People)
    applications: WebApplications = field(default_factory=WebApplications)
    codes: AuthorizationCodes = field(default_factory=AuthorizationCodes)
    flaws: IdTokenFlaws = field(default_factory=IdTokenFlaws)
    _logins: dict[str, BrowserLogin] = field(default_factory=dict)

    def reset(self) -> None:
        """Have the first people again, no application, and nobody signed in."""
        self.people.reset()
        self.applications.reset()
        self.codes.reset()
        self.flaws = IdTokenFlaws()
        self._logins.clear()

    def log_in(self, person: TenantUser) -> str:
        """Note that somebody has signed in; return the value of their browser's cookie."""
        browser = secrets.token_urlsafe(32)
        self._logins[browser] = BrowserLogin(person, secrets.token_hex(16))
        return browser

    def log_out(self, browser: str) -> None:
        self._logins.pop(browser, None)

    def logged_in(self, browser: str) -> BrowserLogin | None:
        """Who has signed in with a browser, as they are now; None for somebody whose account is gone."""
        login = self._logins.get(browser)
        person = None if login is None else self.people.find(login.person.address)
        return None if login is None or person is None else BrowserLogin(person, login.session)
