"""The services as processes: the commands that production runs, with settings for this machine.

Secrets go into files that only we may read, never into the environment or onto a command line.
"""

import json
import os
import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.certificates import Certificate, write_secret
from deploy.local.console import CREDENTIAL as CONSOLE_CREDENTIAL
from deploy.local.console import RegisteredConsole
from deploy.local.machine import Servers
from deploy.local.options import Mode
from deploy.local.process import Process
from deploy.local.scratch import log_file
from deploy.local.simulator import SimulatorProcess
from deploy.local.tenant import CREDENTIAL

ROLES = ("ingest", "policy", "outbound", "reconciler")
ROOT = Path(__file__).parents[2]
AUDIENCE = "api://roomsync"
FAR_AHEAD = "2099-12-31"
MAIL_SENDER = "Room Reservations <rooms@contoso.example>"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each role listens on 127.0.0.1: the webhook, the API, and the probes of each role."""

    ingest: int
    policy: int
    outbound: int
    reconciler: int
    ingest_probes: int
    policy_probes: int

    def probes_of(self, role: str) -> int:
        """Return the port of a role's health and metrics: one of its own where the role serves others too."""
        return {"ingest": self.ingest_probes, "policy": self.policy_probes}.get(role) or self.of(role)

    def of(self, role: str) -> int:
        """Return the port of a role by its name."""
        port: int = getattr(self, role)
        return port


def commands(mode: Mode) -> dict[str, list[str]]:
    """Name the processes of a mode and what they run: one per role, or all roles in one."""
    modules = {"services": "services.stack"} if mode is Mode.EMBEDDED else {role: f"services.{role}" for role in ROLES}
    return {name: [sys.executable, "-m", module] for name, module in modules.items()}


def service_process(name: str, command: list[str], directory: Path, env: Mapping[str, str]) -> Process:
    """Prepare one process of the system."""
    return Process(name, command, log_file(directory / "log", name), env, directory=ROOT)


def base_environment(given: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of every child: ours without servers' addresses and proxies, and with `given`."""
    inherited = {
        name: value
        for name, value in {**os.environ, **given}.items()
        if name not in {"ROOMSYNC_POSTGRES_URL", "ROOMSYNC_AMQP_URL"} and not name.lower().endswith("_proxy")
    }
    return {**inherited, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}


def service_environment(
    given: Mapping[str, str],
    simulator: SimulatorProcess,
    certificate: Certificate,
    ports: Ports,
    secrets_dir: Path,
    console: RegisteredConsole,
) -> dict[str, str]:
    """Return the settings of all roles. Those in `given` take precedence; a mail server there brings its own."""
    mail = {
        "SMTP_URL": f"smtp://{simulator.smtp_host}:{simulator.smtp_port}",
        "SMTP_CA_FILE": simulator.ca,
        "MAIL_SENDER": MAIL_SENDER,
    }
    settings = {
        **({} if "ROOMSYNC_SMTP_URL" in given else mail),
        "SECRETS_DIR": secrets_dir,
        "GRAPH_SIMULATOR_URL": simulator.base_url,
        "GRAPH_SIMULATOR_LOGIN": simulator.authority.rsplit("/", 1)[0],
        "GRAPH_CA_FILE": simulator.ca,
        "INGEST_PUBLIC_URL": f"https://127.0.0.1:{ports.ingest}",
        "INGEST_PORT": ports.ingest,
        "INGEST_CERT_FILE": certificate.chain,
        "INGEST_KEY_FILE": certificate.key,
        "INGEST_PROBES_PORT": ports.ingest_probes,
        "DOCTOR_CA_FILE": certificate.authority,
        "POLICY_PORT": ports.policy,
        "POLICY_PUBLIC_URL": f"http://127.0.0.1:{ports.policy}",
        "POLICY_PROBES_PORT": ports.policy_probes,
        "OUTBOUND_PORT": ports.outbound,
        "RECONCILER_PORT": ports.reconciler,
        "API_AUDIENCE": AUDIENCE,
        "API_ISSUER": f"{simulator.authority}/v2.0",
        "API_JWKS_URL": f"{simulator.authority}/discovery/v2.0/keys",
        "API_CA_FILE": simulator.ca,
        "CONSOLE_CLIENT_ID": console.client_id,
        "CONSOLE_AUTHORITY": simulator.authority,
        "CONSOLE_URL": console.origin,
        "CONSOLE_CREDENTIAL": CONSOLE_CREDENTIAL,
    }
    return {**{f"ROOMSYNC_{name}": str(value) for name, value in settings.items()}, **base_environment(given)}


def only_ours(env: Mapping[str, str]) -> dict[str, str]:
    """Return the variables of an environment that are settings of ours, by name."""
    return {name: value for name, value in sorted(env.items()) if name.startswith("ROOMSYNC_")}


def write_secrets(directory: Path, servers: Servers, simulator: SimulatorProcess, console: RegisteredConsole) -> Path:
    """Write the secrets of the services to files, and return their directory."""
    secrets_dir = directory / "secrets"
    secrets_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    # The simulator's secret lasts for ever, but a system that is not told so would say that it does not know.
    secret = {"secret": simulator.client_secret_file.read_text(), "expires": FAR_AHEAD}
    write_secret(secrets_dir / CREDENTIAL, json.dumps(secret).encode())
    write_secret(secrets_dir / CONSOLE_CREDENTIAL, console.secret.encode())
    write_secret(secrets_dir / "roomsync_postgres_url", servers.postgres_url.encode())
    for name in ("client_state_secrets", "link_secrets"):
        write_secret(secrets_dir / f"roomsync_{name}", secrets.token_hex(32).encode())
    if servers.amqp_url:
        write_secret(secrets_dir / "roomsync_amqp_url", servers.amqp_url.encode())
    return secrets_dir
