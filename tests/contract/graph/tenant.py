"""The simulated tenant as our settings and values name it, and times for meetings in it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

from libs.graph.cloud import Tenancy
from libs.graph.settings import GraphSettings
from tests.support.simulator import Simulator

CONNECTION = UUID("00000000-0000-4000-8000-000000000001")
SECRET = "tenant"
START = datetime(2027, 3, 1, 10, tzinfo=UTC)
END = START + timedelta(hours=1)
MORNING = START.replace(hour=0)
"""Meetings of `tests.contract.graphsim.graph.meeting` are on this day unless told otherwise."""


def settings_for(simulator: Simulator, secrets_dir: Path, **more: object) -> GraphSettings:
    return GraphSettings.model_validate(
        {
            "secrets_dir": secrets_dir,
            "graph_simulator_url": simulator.base_url,
            "graph_simulator_login": simulator.authority.rpartition("/")[0],
            "graph_ca_file": simulator.ca,
            **more,
        }
    )


def tenancy(simulator: Simulator, *more: str, credential: str = SECRET, connection_id: UUID = CONNECTION) -> Tenancy:
    return Tenancy(connection_id, "simulator", simulator.tenant_id, simulator.client_id, (credential, *more))
