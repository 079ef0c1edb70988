"""All services in one process, on the in-memory bus: embedded mode. Run by `python -m services.stack`.

Each service is opened by its own wiring and exchanges messages with the others on the bus only, as in a process of its
own. A service that fails ends the process, so that its supervisor starts it again; the journal of the bus keeps the
messages that were not handled yet.
"""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from libs.common.bus.journal import PostgresJournal
from libs.common.bus.memory import MemoryBus
from libs.common.bus.port import Bus
from libs.common.db import open_pool
from libs.common.runtime import Service, connect_in_time, run_process
from libs.common.settings import Settings
from libs.common.wrong_settings import WrongSettings, complain, read_all
from services.bus import topology
from services.ingest import wiring as ingest
from services.outbound import wiring as outbound
from services.policy import wiring as policy
from services.reconciler import wiring as reconciler
from services.role import ServiceRole

ROLES: tuple[ServiceRole[Any], ...] = (policy.ROLE, outbound.ROLE, ingest.ROLE, reconciler.ROLE)
"""Every service, in the order in which they are opened."""


def main() -> int:
    """Run all services until told to stop; return the exit status."""
    kinds: list[type[Settings]] = [Settings, *(role.settings for role in ROLES)]
    try:
        settings, *by_role = read_all(kinds, "postgres_url")
    except WrongSettings as error:
        return complain(error)
    return run_process("stack", settings, lambda: open_all(settings, by_role))


@asynccontextmanager
async def open_all(settings: Settings, by_role: Sequence[Settings]) -> AsyncIterator[Service]:
    """Open every service on one bus, as one service: if a task of one ends, all end."""
    async with AsyncExitStack() as stack:
        bus = await stack.enter_async_context(open_bus(settings))
        services = [
            await stack.enter_async_context(role.open_service(each, bus))
            for role, each in zip(ROLES, by_role, strict=True)
        ]
        yield Service(
            "stack",
            tasks={f"{service.name} {name}": task for service in services for name, task in service.tasks.items()},
        )


@asynccontextmanager
async def open_bus(settings: Settings) -> AsyncIterator[Bus]:
    """Open the in-memory bus with a journal in PostgreSQL, and deliver the messages that an earlier process left."""
    url = settings.database_address
    pool = await connect_in_time(lambda: open_pool(url, schema="bus"))
    try:
        bus = MemoryBus(topology(settings), PostgresJournal(pool))
        await bus.open()
        try:
            yield bus
        finally:
            bus.close()
    finally:
        await pool.close()


if __name__ == "__main__":
    sys.exit(main())
