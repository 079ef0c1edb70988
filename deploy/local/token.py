"""Tokens for the API of the running local system, which trusts the simulator's Entra."""

import aiohttp

from deploy.driver.endpoints import endpoints_in
from deploy.driver.http import Http
from deploy.driver.tenant import SimulatedTenant
from deploy.local.background import STACK_FILE
from deploy.local.options import WrongOption
from deploy.local.process import CannotStart

ROLES = ("viewer", "approver", "admin", "service")


async def print_token(role: str) -> None:
    """Print a token with a role. Raises CannotStart if there is no such role, or if nothing is up."""
    if role not in ROLES:
        raise WrongOption(f"There is no role {role}; a token can have one of: {', '.join(ROLES)}.")
    try:
        endpoints = endpoints_in(STACK_FILE)
    except FileNotFoundError:
        raise CannotStart("Nothing is up; start the system by: make up") from None
    async with aiohttp.ClientSession() as session:
        tenant = SimulatedTenant(Http(session, endpoints.control, endpoints.trust, {}))
        print(await tenant.api_token(f"{role}@contoso.example", role))  # noqa: T201 - what was asked for
