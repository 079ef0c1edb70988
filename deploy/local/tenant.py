"""What `make up` prepares: one connection to the simulated tenant, made as an administrator would make it."""

import ssl
from dataclasses import dataclass
from typing import Any

import aiohttp

from deploy.local.process import StartFailed
from deploy.local.simulator import SimulatorProcess

CREDENTIAL = "simulator"
"""The name under which the services find the application's secret in their directory of secrets."""


@dataclass(frozen=True, slots=True)
class Desk:
    """How people reach the system: tokens from the simulated Entra, and the policy API."""

    control: str
    policy_url: str
    trust: ssl.SSLContext

    async def api_token(self, user: str, *roles: str) -> str:
        """Return an access token for our API."""
        return await self._token({"audience": "api", "user": user, "roles": list(roles)})

    async def outlook_token(self) -> str:
        """Return a token with which Outlook acts for any user of the tenant."""
        return await self._token({"app": "outlook"})

    async def _token(self, request: dict[str, Any]) -> str:
        async with (
            aiohttp.ClientSession() as session,
            session.post(f"{self.control}/tokens", json=request, ssl=self.trust) as answer,
        ):
            answer.raise_for_status()
            token: str = (await answer.json())["access_token"]
            return token


async def connect_tenant(desk: Desk, simulator: SimulatorProcess) -> None:
    """Make the connection; harmless if it is there already. Raises StartFailed if the API refuses."""
    body = {
        "name": "simulator",
        "cloud": "simulator",
        "tenant_id": simulator.tenant_id,
        "client_id": simulator.client_id,
        "credential": CREDENTIAL,
    }
    token = await desk.api_token("setup@example.org", "admin")
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as session,
        session.post(f"{desk.policy_url}/v1/connections", json=body) as answer,
    ):
        if answer.status not in {201, 409}:
            raise StartFailed(f"The connection to the simulator was refused ({answer.status}): {await answer.text()}")
