"""The simulated Microsoft 365 as a process beside the services."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.process import Process, StartFailed
from deploy.local.scratch import log_file

START_DEADLINE_S = 90.0


@dataclass(frozen=True, slots=True)
class SimulatorProcess:
    """The simulator's process, where it listens, and our application's identity in the simulated tenant."""

    process: Process
    base_url: str
    authority: str
    control: str
    smtp_host: str
    smtp_port: int
    ca: Path
    tenant_id: str
    client_id: str
    client_secret_file: Path


@asynccontextmanager
async def open_simulator(
    directory: Path, port: int, smtp_port: int, webhook_ca: Path, env: Mapping[str, str]
) -> AsyncIterator[SimulatorProcess]:
    """Run the simulator while the context is open. Raises StartFailed if it does not come up."""
    command = [sys.executable, "-m", "tests.graphsim", "--port", str(port), "--smtp-port", str(smtp_port)]
    command += ["--state-dir", str(directory / "graphsim"), "--webhook-ca", str(webhook_ca)]
    process = Process("graphsim", command, log_file(directory / "log", "graphsim"), env)
    await process.start(stdout=asyncio.subprocess.PIPE)
    try:
        yield await _ready(process)
    finally:
        await process.stop()


async def _ready(process: Process) -> SimulatorProcess:
    """Read the one line it prints when it is ready."""
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_DEADLINE_S)
        told = json.loads(line)
    except (TimeoutError, ValueError) as error:
        raise process.failure() from error
    if not isinstance(told, dict):
        raise StartFailed(f"graphsim said {line!r} instead of where it listens")
    return SimulatorProcess(
        process=process,
        base_url=told["base_url"],
        authority=told["authority"],
        control=told["control"],
        smtp_host=told["smtp"]["host"],
        smtp_port=told["smtp"]["port"],
        ca=Path(told["ca"]),
        tenant_id=told["tenant_id"],
        client_id=told["client_id"],
        client_secret_file=Path(told["client_secret_file"]),
    )
