"""Choose which PostgreSQL and RabbitMQ to use on this machine.

The first of these that is possible: the servers that the environment names, with a database and virtual host of our
own there; private instances of the installed programs; the same after installing Debian's packages, if we are root;
embedded PostgreSQL and the in-memory bus. `STACK=real` excludes the last one, `STACK=embedded` all others.
"""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from deploy.local.options import Mode
from deploy.local.own import own_database, own_virtual_host
from deploy.local.packages import can_install, install
from deploy.local.postgres import embedded_postgres, installed_postgres, postgres_server
from deploy.local.process import CannotStart
from deploy.local.rabbitmq import installed_rabbitmq, rabbitmq_server
from deploy.local.scratch import log_file
from deploy.local.server import Server

Say = Callable[[str], None]


class NothingToRunOn(CannotStart):
    """A server is missing on this machine. The message says which one and how to get it."""


@dataclass(frozen=True, slots=True)
class Servers:
    """What to connect to. `postgres` and `rabbitmq` are our private servers, which we may kill; None if not ours."""

    mode: Mode
    postgres_url: str
    amqp_url: str | None
    postgres: Server | None = None
    rabbitmq: Server | None = None


@asynccontextmanager
async def open_servers(wanted: Mode, directory: Path, env: Mapping[str, str], say: Say) -> AsyncIterator[Servers]:
    """Provide an empty database and an empty broker while the context is open.

    Raises CannotStart.
    """
    mode = await _settle(wanted, directory, env, say)
    async with AsyncExitStack() as stack:
        if mode is Mode.EMBEDDED:
            postgres = await stack.enter_async_context(postgres_server(directory, _embedded_programs()))
            yield Servers(mode, await stack.enter_async_context(own_database(postgres.url)), None, postgres)
            return
        broker = None
        amqp_url = env.get("ROOMSYNC_AMQP_URL")
        if amqp_url:
            amqp_url = await stack.enter_async_context(own_virtual_host(amqp_url))
        else:
            broker = await stack.enter_async_context(rabbitmq_server(directory))
            amqp_url = broker.url
        private = None
        given = env.get("ROOMSYNC_POSTGRES_URL")
        if not given:
            private = await stack.enter_async_context(postgres_server(directory))
        postgres_url = await stack.enter_async_context(own_database(given or (private.url if private else "")))
        yield Servers(mode, postgres_url, amqp_url, private, broker)


async def _settle(wanted: Mode, directory: Path, env: Mapping[str, str], say: Say) -> Mode:
    if wanted is Mode.EMBEDDED:
        return wanted
    missing = _missing(env)
    if missing and can_install():
        say(f"Installing {' and '.join(missing)} from the distribution's packages; this happens once.")
        log = log_file(directory, "apt")
        if not await install(missing, log):
            say(f"They could not be installed; {log} says why.")
        missing = _missing(env)
    if not missing:
        return Mode.REAL
    how = f"apt-get install {' '.join(missing)}"
    if wanted is Mode.REAL:
        raise NothingToRunOn(f"{' and '.join(missing)} cannot be found on this machine; get it by: {how}")
    say(f"Running in one process on an in-memory bus: for real servers, {how}.")
    return Mode.EMBEDDED


def _missing(env: Mapping[str, str]) -> list[str]:
    postgres = [] if env.get("ROOMSYNC_POSTGRES_URL") or installed_postgres() else ["postgresql"]
    return postgres + ([] if env.get("ROOMSYNC_AMQP_URL") or installed_rabbitmq() else ["rabbitmq-server"])


def _embedded_programs() -> Path:
    found = embedded_postgres()
    if found is None:
        raise NothingToRunOn("The Python package embedded-postgres is not installed; get it by: make setup")
    return found
