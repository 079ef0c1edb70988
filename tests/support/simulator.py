"""The simulated Microsoft 365 as a process of its own, and its control surface as methods.

Whoever needs calendars in a test asks for `simulator`; tests keep apart by mailboxes of their own.
"""

import asyncio
import json
import os
import socket
import ssl
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest
import pytest_asyncio
import trustme

from deploy.driver.http import Http, Json
from deploy.driver.tenant import SimulatedTenant

ROOT = Path(__file__).parents[2]
START_DEADLINE_S = 30
STOP_DEADLINE_S = 10


@dataclass(frozen=True, slots=True)
class Simulator(SimulatedTenant):
    """A running simulator, and what our application is there.

    Methods are calls on its control surface and raise RequestRefused for anything but success.
    """

    base_url: str
    authority: str
    control_url: str
    smtp_port: int
    ca: Path
    tenant_id: str
    client_id: str
    client_secret: str
    certificate_file: Path
    process: asyncio.subprocess.Process
    http: aiohttp.ClientSession

    @property
    def trust(self) -> ssl.SSLContext:
        """A context that trusts the simulator and nobody else."""
        return ssl.create_default_context(cafile=self.ca)

    async def ask(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """Call the control surface; the answer's JSON, or None."""
        return (await self.control.send(method, path, body=body, query=query)).body

    async def reset(self) -> None:
        """Empty the world and take back every setting."""
        await self.ask("POST", "/reset")

    async def add_user(self, name: str, **more: object) -> str:
        return await self._add("user", name, more)

    async def add_room(self, name: str, *, automate: str = "AutoUpdate", **more: Any) -> str:
        """Add a room; `processing` in `more` joins the mode. Returns its address."""
        more["processing"] = {"automate": automate, **more.get("processing", {})}
        return await self._add("room", name, {"capacity": 8, **more})

    async def _add(self, kind: str, name: str, more: Mapping[str, object]) -> str:
        address = f"{name.lower().replace(' ', '.')}.{uuid4().hex[:8]}@example.org"
        await self.add_mailbox(address, **{"display_name": name, "kind": kind, **more})
        return address

    async def requests(self, mailbox: str | None = None) -> list[Json]:
        """Every Graph call so far, oldest first."""
        calls: list[Json] = (await self.ask("GET", "/requests"))["requests"]
        return [call for call in calls if mailbox is None or call["mailbox"] == mailbox]


@asynccontextmanager
async def start_simulator(
    directory: Path, *, webhook_ca: Path | None = None, **options: object
) -> AsyncIterator[Simulator]:
    """Run a simulator on a free port while the context is open.

    Options become command line options: `latency_ms=20` is `--latency-ms 20`. Raises RuntimeError, with what the
    process said last, if it does not come up.
    """
    given = {"port": _free_port(), "state-dir": directory, "webhook-ca": webhook_ca, **options}
    arguments = [part for name, value in given.items() if value is not None for part in _option(name, value)]
    errors = directory / "stderr.log"
    with errors.open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.graphsim", *arguments),
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    try:
        told = await _ready(process, errors)
        connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=told["ca"]))
        async with aiohttp.ClientSession(connector=connector) as http:
            yield _simulator(told, process, http)
    finally:
        await _stop(process)


@pytest.fixture(scope="session")
def webhook_authority() -> trustme.CA:
    """The authority by which receivers of notifications are certified in tests."""
    return trustme.CA()


@pytest_asyncio.fixture(scope="session")
async def simulator(
    webhook_authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Simulator]:
    """One simulator for all tests of a run; it trusts receivers certified by `webhook_authority`."""
    directory = tmp_path_factory.mktemp("simulator")
    webhook_ca = directory / "webhook_ca.pem"
    webhook_authority.cert_pem.write_to_path(webhook_ca)
    async with start_simulator(directory, webhook_ca=webhook_ca) as running:
        yield running


def _option(name: str, value: object) -> tuple[str, str]:
    return f"--{name.replace('_', '-')}", str(value)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _ready(process: asyncio.subprocess.Process, errors: Path) -> Json:
    assert process.stdout is not None
    try:
        line = await asyncio.wait_for(process.stdout.readline(), START_DEADLINE_S)
        told: Json = json.loads(line)
    except (TimeoutError, ValueError) as wrong:
        raise _failed(errors) from wrong
    return told


def _failed(errors: Path) -> RuntimeError:
    said = errors.read_text(errors="replace")[-2000:]
    return RuntimeError(f"The simulator did not come up within {START_DEADLINE_S} s. It said: {said}")


def _simulator(told: Json, process: asyncio.subprocess.Process, http: aiohttp.ClientSession) -> Simulator:
    return Simulator(
        control=Http(http, told["control"], ssl.create_default_context(cafile=told["ca"]), {}),
        base_url=told["base_url"],
        authority=told["authority"],
        control_url=told["control"],
        smtp_port=told["smtp"]["port"],
        ca=Path(told["ca"]),
        tenant_id=told["tenant_id"],
        client_id=told["client_id"],
        client_secret=Path(told["client_secret_file"]).read_text().strip(),
        certificate_file=Path(told["certificate_file"]),
        process=process,
        http=http,
    )


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_DEADLINE_S)
    except TimeoutError:
        process.kill()
        await process.wait()
