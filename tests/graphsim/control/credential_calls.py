"""What our application has registered in Entra: added, expired and revoked by tests; secrets are not shown."""

import time
from dataclasses import dataclass
from typing import Literal

from aiohttp import web

from tests.graphsim.bodies import as_json, read_body
from tests.graphsim.control import settings
from tests.graphsim.entra.applications import CLIENT_ID
from tests.graphsim.entra.registered import EXCHANGE, RegisteredCredential
from tests.graphsim.entra.tokens import Entra


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret; Entra makes its value unless it is given. It expires after so many seconds, or never."""

    kind: Literal["secret"]
    value: str | None = None
    expires_in: float = float("inf")


@dataclass(frozen=True, slots=True)
class NewCertificate:
    """A certificate in PEM, without its key or with it."""

    kind: Literal["certificate"]
    pem: str


@dataclass(frozen=True, slots=True)
class NewFederatedIdentity:
    """An identity of an issuer, and the public key in PEM that stands for those the issuer publishes."""

    kind: Literal["federated"]
    issuer: str
    subject: str
    public_key: str
    audience: str = EXCHANGE


@dataclass(frozen=True, slots=True)
class Expiry:
    """In how many seconds a credential expires, also fewer than none."""

    expires_in: float


class CredentialCalls:
    """The calls about the credentials of our application."""

    def __init__(self, entra: Entra) -> None:
        self._entra = entra

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/sim/credentials", self.list),
            web.post("/sim/credentials", self.add),
            web.patch("/sim/credentials/{id}", self.expire),
            web.delete("/sim/credentials/{id}", self.revoke),
            web.post("/sim/tokens/revoke", self.revoke_tokens),
        ]

    async def list(self, _: web.Request) -> web.Response:
        return as_json({"credentials": [each.shown() for each in self._entra.registered.all()]})

    async def add(self, request: web.Request) -> web.Response:
        added = self._add(await read_body(request))
        shown = added.shown()
        return as_json(shown if added.secret is None else {**shown, "secret": added.secret}, 201)

    async def expire(self, request: web.Request) -> web.Response:
        """Have a credential expire at another time than it says."""
        found = self._known(request)
        found.expires_at = time.time() + settings.read(Expiry, await read_body(request)).expires_in
        return as_json(found.shown())

    async def revoke(self, request: web.Request) -> web.Response:
        """Take a credential away; tokens that it got stay good until they expire."""
        self._entra.registered.revoke(self._known(request).id)
        return web.Response(status=204)

    async def revoke_tokens(self, _: web.Request) -> web.Response:
        """Have no token count that our application was given so far."""
        self._entra.revoke_tokens(CLIENT_ID)
        return web.Response(status=204)

    def _add(self, given: dict[str, object]) -> RegisteredCredential:
        registered = self._entra.registered
        try:
            match given.get("kind"):
                case "secret":
                    secret = settings.read(NewSecret, given)
                    return registered.add_secret(secret.value, secret.expires_in)
                case "certificate":
                    return registered.add_certificate(settings.read(NewCertificate, given).pem.encode())
                case "federated":
                    said = settings.read(NewFederatedIdentity, given)
                    return registered.add_federated(said.issuer, said.subject, said.public_key.encode(), said.audience)
        except ValueError as wrong:
            raise settings.refused(f"The certificate or key cannot be read: {wrong}") from wrong
        raise settings.refused("kind is secret, certificate or federated.")

    def _known(self, request: web.Request) -> RegisteredCredential:
        found = self._entra.registered.find(request.match_info["id"])
        if found is None:
            raise settings.refused(f"No credential has the id {request.match_info['id']!r}.")
        return found
