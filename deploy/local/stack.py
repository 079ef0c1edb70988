"""The whole system, ready for use, while a context is open. Any number of them run side by side."""

import asyncio
import os
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from deploy.driver.endpoints import Endpoints
from deploy.local.certificates import issue_certificate
from deploy.local.console import RegisteredConsole, register_console
from deploy.local.machine import Say, Servers, open_servers
from deploy.local.options import PORTS, Mode, port_base_in
from deploy.local.ports import check_is_free, free_port
from deploy.local.process import Process, StartFailed
from deploy.local.services import (
    AUDIENCE,
    ROLES,
    Ports,
    base_environment,
    commands,
    only_ours,
    service_environment,
    service_process,
    write_secrets,
)
from deploy.local.simulator import SimulatorProcess, open_simulator
from deploy.local.supervisor import Restartable, Supervisor
from deploy.local.tenant import connect_tenant

READY_DEADLINE_S = 180.0


@dataclass(frozen=True, slots=True)
class LocalStack:
    """A running system. `processes` are the services by name; one that dies is started again.

    `ca` holds the authorities of both the simulator and the webhook. `settings` are those of every service.
    """

    mode: Mode
    directory: Path
    servers: Servers
    simulator: SimulatorProcess
    ports: Ports
    ca: Path
    settings: Mapping[str, str]
    endpoints: Endpoints
    console: RegisteredConsole
    processes: dict[str, Process] = field(default_factory=dict)

    @property
    def secrets_dir(self) -> Path:
        """Return the directory of the services' secrets and of the credentials of connections."""
        return Path(self.settings["ROOMSYNC_SECRETS_DIR"])

    @property
    def ingest_url(self) -> str:
        return f"https://127.0.0.1:{self.ports.ingest}"

    @property
    def policy_url(self) -> str:
        return self.endpoints.policy

    def describe(self) -> dict[str, Any]:
        """Return what black-box tests find in `.local/stack.json`."""
        return {
            "mode": str(self.mode),
            "graph": {
                "base_url": self.simulator.base_url,
                "authority": self.simulator.authority,
                "ca": str(self.ca),
                "control": self.simulator.control,
            },
            "ingest": {"url": self.ingest_url},
            "policy": {"url": self.policy_url, "audience": AUDIENCE},
            "console": {"url": self.console.url},
            "smtp": {
                "host": self.simulator.smtp_host,
                "port": self.simulator.smtp_port,
                "messages": f"{self.simulator.control}/smtp",
            },
            "amqp": self.servers.amqp_url,
            "postgres": self.servers.postgres_url,
            "processes": {name: process.pid for name, process in self.everything().items()},
        }

    def everything(self) -> dict[str, Restartable]:
        """Return every process by its name. In one process, every role is that one."""
        whole = self.processes.get("services")
        services = dict.fromkeys(ROLES, whole) if whole else self.processes
        found: dict[str, Restartable | None] = {**services, "graphsim": self.simulator.process}
        found |= {"rabbitmq": self.servers.rabbitmq, "postgres": self.servers.postgres}
        return {name: process for name, process in found.items() if process is not None}


def _silent(_: str) -> None:
    """Say nothing."""


@asynccontextmanager
async def local_stack(
    mode: Mode,
    directory: Path,
    *,
    env: Mapping[str, str] | None = None,
    say: Say = _silent,
    on_change: Callable[[LocalStack], None] | None = None,
) -> AsyncIterator[LocalStack]:
    """Start everything, yield when all is ready, and stop everything at the end, whatever happened.

    `env` adds settings to those of our own environment; the servers are chosen by it too. `on_change` is called after a
    process was started again. Raises CannotStart.
    """
    given = {**os.environ, **(env or {})}
    certificate = issue_certificate(directory / "tls")
    ingest, policy, outbound, reconciler, simulator_port, *probes, smtp_port = _ports(given)
    ports = Ports(ingest, policy, outbound, reconciler, *probes)
    async with AsyncExitStack() as stack:
        say("Bringing up PostgreSQL and RabbitMQ.")
        servers = await stack.enter_async_context(open_servers(mode, directory / "log", given, say))
        say("Starting the simulated Microsoft 365.")
        simulator = await stack.enter_async_context(
            open_simulator(directory, simulator_port, smtp_port, certificate.authority, base_environment(given))
        )
        console = await register_console(simulator, f"http://127.0.0.1:{ports.policy}")
        secrets_dir = write_secrets(directory, servers, simulator, console)
        ca = _authorities(directory / "ca.pem", simulator.ca, certificate.authority)
        trust = ssl.create_default_context(cafile=str(ca))
        endpoints = Endpoints(simulator.base_url, simulator.control, f"http://127.0.0.1:{ports.policy}", trust)
        settings = service_environment(given, simulator, certificate, ports, secrets_dir, console)
        running = LocalStack(
            servers.mode, directory, servers, simulator, ports, ca, only_ours(settings), endpoints, console
        )
        say("Preparing the database and starting the services.")
        await _migrate(directory, settings)
        await _start_services(stack, running, settings)
        await connect_tenant(endpoints, simulator)
        supervisor = await stack.enter_async_context(
            Supervisor(on_restart=lambda _: on_change(running) if on_change else None)
        )
        for name, process in _restartable(running).items():
            supervisor.watch(name, process)
        yield running


def _restartable(running: LocalStack) -> dict[str, Restartable]:
    """Return what to watch. The simulator is left out: its state is in memory, and a restart would empty it."""
    servers = {"rabbitmq": running.servers.rabbitmq, "postgres": running.servers.postgres}
    return {**running.processes, **{name: server for name, server in servers.items() if server is not None}}


def _authorities(path: Path, *authorities: Path) -> Path:
    path.write_bytes(b"".join(each.read_bytes() for each in authorities))
    return path


def _ports(given: Mapping[str, str]) -> list[int]:
    """Choose the ports of the roles and of the simulator. Raises CannotStart if one that was asked for is taken."""
    base = port_base_in(given)
    if base is None:
        return [free_port() for _ in range(PORTS)]
    for port in range(base, base + PORTS):
        check_is_free(port)
    return list(range(base, base + PORTS))


async def _migrate(directory: Path, settings: Mapping[str, str]) -> None:
    migration = service_process("migrate", [*_python("services"), "migrate"], directory, settings)
    await migration.start()
    try:
        code = await migration.wait()
    finally:
        await migration.stop()
    if code != 0:
        raise migration.failure()


def _python(module: str) -> list[str]:
    return [*commands(Mode.EMBEDDED)["services"][:2], module]


async def _start_services(stack: AsyncExitStack, running: LocalStack, settings: Mapping[str, str]) -> None:
    stack.push_async_callback(_stop_all, running.processes)
    for name, command in commands(running.mode).items():
        process = service_process(name, command, running.directory, settings)
        running.processes[name] = process
        await process.start()
    await _all_ready(running, may_be_down=False)


async def until_ready(running: LocalStack) -> None:
    """Wait until every service is ready, as one is again some time after it was killed. Raises StartFailed."""
    await _all_ready(running, may_be_down=True)


async def _all_ready(running: LocalStack, *, may_be_down: bool) -> None:
    async with aiohttp.ClientSession() as session:
        for role in ROLES:
            scheme = "https" if role == "ingest" else "http"
            url = f"{scheme}://127.0.0.1:{running.ports.of(role)}/readyz"
            process = running.processes.get(role) or running.processes["services"]
            await _ready(session, url, running.endpoints.trust, process, may_be_down=may_be_down)


async def _stop_all(processes: Mapping[str, Process]) -> None:
    """Stop every process, also when one of them cannot be stopped. Raises the errors of those, as a group."""
    stopped = await asyncio.gather(*(process.stop() for process in processes.values()), return_exceptions=True)
    if errors := [each for each in stopped if isinstance(each, BaseException)]:
        raise BaseExceptionGroup("some processes could not be stopped", errors)


async def _ready(
    session: aiohttp.ClientSession, url: str, trust: ssl.SSLContext, process: Process, *, may_be_down: bool
) -> None:
    try:
        async with asyncio.timeout(READY_DEADLINE_S):
            while True:
                if not (process.is_running or may_be_down):
                    raise process.failure()
                with suppress(aiohttp.ClientError, OSError):
                    async with session.get(url, ssl=trust) as answer:
                        if answer.status == 200 and process.is_running:
                            return
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise StartFailed(f"{process.name} did not become ready in {READY_DEADLINE_S:g} s; see {process.log}") from None
