"""Who may sign in, to which applications, and what goes wrong then; and the keys that the tenant signs by."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from aiohttp import web
from cryptography.x509 import load_pem_x509_certificate

from tests.graphsim.bodies import as_json, read_body
from tests.graphsim.control import settings
from tests.graphsim.entra.authorization_codes import LIFETIME_S
from tests.graphsim.entra.id_tokens import IdTokenFlaws
from tests.graphsim.entra.people import TenantUser
from tests.graphsim.entra.signing_in import SigningIn
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.entra.web_applications import WebApplication


@dataclass(frozen=True, slots=True)
class Everybody:
    """All who can be chosen on the login page, in place of those before."""

    people: tuple[TenantUser, ...]


@dataclass(frozen=True, slots=True)
class NewWebApplication:
    """Where answers about those who sign in may be sent, and where to people may go back after signing out."""

    redirect_uris: tuple[str, ...]
    certificate: str | None = None


@dataclass(frozen=True, slots=True)
class CodeLifetime:
    """For how many seconds codes are good that are given out from now on."""

    expires_in: float = LIFETIME_S


@dataclass(frozen=True, slots=True)
class KeyRotation:
    """Whether the keys before the new one count no longer."""

    retires: bool = False


class SignInCalls:
    """The calls about people's signing in."""

    def __init__(self, entra: Entra, signing_in: SigningIn) -> None:
        self._entra = entra
        self._signing_in = signing_in

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sim/people", self.list_people),
            web.put("/sim/people", self.replace_people),
            web.post("/sim/web-applications", self.register),
            web.put("/sim/codes", self.code_lifetime),
            web.put("/sim/id-tokens", self.spoil_id_tokens),
            web.post("/sim/keys/rotate", self.rotate_keys),
        ]

    async def list_people(self, _: web.Request) -> web.Response:
        return as_json({"people": _shown(self._signing_in.people.all)})

    async def replace_people(self, request: web.Request) -> web.Response:
        """Have others to choose from; whoever is signed in and not among them is signed in no longer."""
        self._signing_in.people.all = settings.read(Everybody, await read_body(request)).people
        return await self.list_people(request)

    async def register(self, request: web.Request) -> web.Response:
        """Register an application; the answer has its id and its secret."""
        said = settings.read(NewWebApplication, await read_body(request))
        application = WebApplication(said.redirect_uris, certificate=_checked(said.certificate))
        self._signing_in.applications.add(application)
        return as_json(asdict(application), 201)

    async def code_lifetime(self, request: web.Request) -> web.Response:
        said = settings.read(CodeLifetime, await read_body(request))
        self._signing_in.codes.lifetime_s = said.expires_in
        return as_json(asdict(said))

    async def spoil_id_tokens(self, request: web.Request) -> web.Response:
        """Have the ID tokens given out from now on be wrong in these ways, and in no others."""
        self._signing_in.flaws = settings.read(IdTokenFlaws, await read_body(request))
        return as_json(asdict(self._signing_in.flaws))

    async def rotate_keys(self, request: web.Request) -> web.Response:
        retires = settings.read(KeyRotation, await read_body(request)).retires
        return as_json({"key_id": self._entra.keys.rotate(retires=retires)})


def _checked(certificate: str | None) -> str | None:
    """Return a certificate as it was given; one that is none is a 400."""
    try:
        if certificate is not None:
            load_pem_x509_certificate(certificate.encode())
    except ValueError as wrong:
        raise settings.refused(f"The certificate cannot be read: {wrong}") from wrong
    return certificate


def _shown(people: Sequence[TenantUser]) -> list[dict[str, object]]:
    return [{**asdict(each), "id": each.id} for each in people]
