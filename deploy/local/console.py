"""The console of the local system, registered with the simulated tenant as an administrator of a tenant would do it."""

import ssl
from dataclasses import dataclass, field

import aiohttp

from deploy.driver.http import Http
from deploy.driver.tenant import SimulatedTenant
from deploy.local.simulator import SimulatorProcess

PATH = "/console"
CREDENTIAL = "console"
"""The name of the application's secret in the services' directory of secrets."""


@dataclass(frozen=True, slots=True)
class RegisteredConsole:
    """The console's origin, and the application that people sign in to."""

    origin: str
    client_id: str
    secret: str = field(repr=False)

    @property
    def url(self) -> str:
        """Return the address to open in a browser."""
        return f"{self.origin}{PATH}/"


async def register_console(simulator: SimulatorProcess, origin: str) -> RegisteredConsole:
    """Register the console, with the addresses that people are sent back to after signing in and out."""
    trust = ssl.create_default_context(cafile=str(simulator.ca))
    async with aiohttp.ClientSession() as session:
        tenant = SimulatedTenant(Http(session, simulator.control, trust, {}))
        made = await tenant.register_web_application(f"{origin}{PATH}/sign-in/callback", f"{origin}{PATH}/signed-out")
    return RegisteredConsole(origin, made["client_id"], made["secret"])
