"""`python -m tests.graphsim`: run the simulator until it is told to stop.

When it listens, it prints one line of JSON that says where, and how our application proves itself.
"""

import argparse
import asyncio
import json
import signal
import socket
from pathlib import Path

import uvloop
from aiohttp import web

from tests.graphsim import tls
from tests.graphsim.entra import keys
from tests.graphsim.entra.applications import CLIENT_ID, TENANT_ID, Credentials
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange import attendant
from tests.graphsim.exchange.world import World
from tests.graphsim.server import ServerOptions, Simulation, application
from tests.graphsim.smtp.conversation import SinkServer

DRAIN_S = 2.0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.graphsim", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 for any that is free")
    parser.add_argument("--smtp-port", type=int, default=0, help="port that takes mail; 0 for any that is free")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--name", default="127.0.0.1", help="host name or address in the URLs that are given out")
    parser.add_argument("--state-dir", type=Path, required=True, help="where authority, keys and secrets are kept")
    parser.add_argument("--webhook-ca", type=Path, help="PEM file of the authority behind notified addresses")
    parser.add_argument("--latency-ms", type=float, default=0, help="added to every call, in milliseconds")
    parser.add_argument("--scale", type=float, default=1, help="of the time for which notifications are retried")
    parser.add_argument("--calls-kept", type=int, default=100_000, help="how many calls on Graph the log goes back")
    parser.add_argument("--seed", type=int, default=0, help="of ids and delays")
    return parser.parse_args()


async def serve(chosen: argparse.Namespace) -> None:
    """Listen until SIGTERM or SIGINT."""
    state: Path = chosen.state_dir
    context = tls.server_context(state, *{"127.0.0.1", "localhost", chosen.name})
    listener = socket.create_server((chosen.host, chosen.port), backlog=1024)
    origin = f"https://{chosen.name}:{listener.getsockname()[1]}"
    credentials = Credentials(
        keys.secret(state / "client_secret"), keys.application_certificate(state / "app.pem", "roomsync")
    )
    entra = Entra(origin, keys.signing_key(state / "signing.pem"), keys.signing_key(state / "foreign.pem"), credentials)
    options = ServerOptions(state / "ca.pem", chosen.webhook_ca, chosen.latency_ms, chosen.scale, chosen.calls_kept)
    simulation = Simulation(World(attendant.receive, seed=chosen.seed), entra, options)
    runner = web.AppRunner(application(simulation), access_log=None, shutdown_timeout=DRAIN_S)
    await runner.setup()
    await web.SockSite(runner, listener, ssl_context=context).start()
    sink = SinkServer(simulation.parts.sink, context)
    smtp_port = await sink.start(chosen.smtp_port)
    stop = asyncio.Event()
    for each in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    print(json.dumps(ready(entra, state, smtp_port)), flush=True)  # noqa: T201  the line is the interface
    await stop.wait()
    await sink.stop()
    await runner.cleanup()


def ready(entra: Entra, state: Path, smtp_port: int) -> dict[str, object]:
    return {
        "base_url": f"{entra.origin}/v1.0",
        "authority": entra.authority,
        "ca": str(state / "ca.pem"),
        "control": f"{entra.origin}/sim",
        "smtp": {"host": "127.0.0.1", "port": smtp_port},
        "tenant_id": TENANT_ID,
        "client_id": CLIENT_ID,
        "client_secret_file": str(state / "client_secret"),
        "certificate_file": str(state / "app.pem"),
    }


if __name__ == "__main__":
    chosen = arguments()
    chosen.state_dir.mkdir(parents=True, exist_ok=True)
    uvloop.run(serve(chosen))
