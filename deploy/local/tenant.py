"""Prepare what `make up` needs: one connection to the simulated tenant, added as an administrator would."""

from deploy.driver.cast import open_cast
from deploy.driver.endpoints import Endpoints
from deploy.driver.http import RequestRefused
from deploy.local.process import StartFailed
from deploy.local.simulator import SimulatorProcess

DOMAIN = "contoso.example"
"""The mail domain of the simulator's users; organizers of other domains are external."""

CREDENTIAL = "simulator"
"""The name of the application's secret in the services' directory of secrets."""


async def connect_tenant(endpoints: Endpoints, simulator: SimulatorProcess) -> None:
    """Add the connection; harmless if it exists already. Raises StartFailed if the API refuses."""
    async with open_cast(endpoints, "setup") as cast:
        try:
            await cast.administrator.add_connection(
                "simulator",
                cloud="simulator",
                tenant_id=simulator.tenant_id,
                client_id=simulator.client_id,
                credential=CREDENTIAL,
                own_domains=[DOMAIN],
            )
        except RequestRefused as refused:
            if refused.status != 409:
                raise StartFailed(f"The connection to the simulator was refused: {refused}") from refused
