"""A stand-in for Entra: signing keys over HTTPS, and tokens signed with them."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import jwt
import orjson
import trustme
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from services.policy.api.settings import ApiSettings

AUDIENCE = "api://roomsync"
TENANT = "11111111-1111-4111-8111-111111111111"


class Issuer:
    """Signs tokens and publishes its keys; counts how often it is asked for them."""

    def __init__(self) -> None:
        self.asked = 0
        self.is_away = False
        self.hanging: asyncio.Event | None = None
        self.padding = 0
        self.url = ""
        self.ca_file = Path()
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.rotate("key-1")

    def rotate(self, key_id: str) -> None:
        self.keys = {key_id: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    def settings(self) -> ApiSettings:
        return ApiSettings(
            api_audience=AUDIENCE,
            api_issuer=f"{self.url}/v2.0",
            api_jwks_url=f"{self.url}/keys",
            api_ca_file=self.ca_file,
        )

    def claims(self, *roles: str, **changed: object) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "iss": f"{self.url}/v2.0",
            "aud": AUDIENCE,
            "tid": TENANT,
            "oid": "00000000-0000-4000-8000-00000000000a",
            "iat": now,
            "nbf": now,
            "exp": now + 3600,
            "roles": list(roles),
        }
        return {name: value for name, value in {**claims, **changed}.items() if value is not None}

    def token(self, *roles: str, **changed: object) -> str:
        return self.signed(self.claims(*roles, **changed))

    def signed(self, claims: dict[str, Any], *, algorithm: str = "RS256", key_id: str | None = None) -> str:
        named, key = next(iter(self.keys.items()))
        return jwt.encode(claims, key, algorithm=algorithm, headers={"kid": key_id or named})

    def document(self) -> dict[str, Any]:
        return {
            "keys": [
                {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id, "use": "sig"}
                for key_id, key in self.keys.items()
            ]
        }

    async def answer(self, _: web.Request) -> web.Response:
        self.asked += 1
        if self.hanging is not None:
            self.hanging.set()
            await asyncio.Event().wait()
        if self.is_away:
            return web.Response(status=503)
        document = {"padding": "x" * self.padding, **self.document()}
        return web.Response(body=orjson.dumps(document), content_type="application/json")


@asynccontextmanager
async def open_issuer(directory: Path) -> AsyncIterator[Issuer]:
    """Serve an issuer over HTTPS, under an authority of its own."""
    issuer, authority = Issuer(), trustme.CA()
    issuer.ca_file = directory / "ca.pem"
    authority.cert_pem.write_to_path(str(issuer.ca_file))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    app = web.Application()
    app.router.add_get("/keys", issuer.answer)
    runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context)
    await site.start()
    host, port = runner.addresses[0][:2]
    issuer.url = f"https://{host}:{port}"
    try:
        yield issuer
    finally:
        await runner.cleanup()
