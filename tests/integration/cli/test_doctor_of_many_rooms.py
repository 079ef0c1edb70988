"""The doctor where there are very many rooms, some out of reach: it gets through, and its report can be read."""

import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from uuid import UUID, uuid4

import asyncpg
import pytest

from libs.common.migrate import migrate
from libs.common.together import together
from services.cli.doctor import MOST_OF_A_CODE
from services.doctor.assembly import WantedLook, look
from services.schemas import BUS_SCHEMA, SCHEMAS
from tests.integration.cli.processes import run_module
from tests.support.simulator import Simulator

pytestmark = pytest.mark.timeout(300)

ROOMS = 1_000
GONE, FORBIDDEN = ROOMS // 20, ROOMS // 20
AT_A_TIME = 16
WITHIN_S = 120

_MAP = """
    INSERT INTO policy.spaces (id, name, capacity, time_zone, connection_id, room_mailbox, mapped_at)
    SELECT id, 'Sesame ' || number, 8, 'Europe/Berlin', $2, address, now()
    FROM unnest($1::uuid[], $3::text[]) WITH ORDINALITY AS each (id, address, number)
"""
_WATCH = """
    INSERT INTO ingest.watches (space_id, room_mailbox, connection_id, due_at, checked_at, is_admitted, state)
    SELECT id, room_mailbox, connection_id, now() + interval '1 day', now(), true, 'polling' FROM policy.spaces
"""
_CONNECT = """
    INSERT INTO policy.connections (id, name, cloud, tenant_id, client_id, credential)
    VALUES ($1, 'simulator', 'simulator', $2, $3, 'simulator')
"""


@pytest.fixture
async def settings(database: str, simulator: Simulator, tmp_path: Path) -> Mapping[str, str]:
    """What the doctor is told of a ledger with many rooms, of which a twentieth is gone and another one forbidden."""
    await migrate(database, {**SCHEMAS, **BUS_SCHEMA})
    addresses = [f"sesame-{number}.{uuid4().hex[:6]}@example.org" for number in range(ROOMS)]
    here = iter(addresses[GONE:])

    async def add() -> None:
        for address in here:
            await simulator.add_mailbox(
                address, kind="room", capacity=8, display_name=address, time_zone="Pacific Standard Time"
            )

    await together(add() for _ in range(AT_A_TIME))
    await simulator.ask("PUT", "/access", {"mailboxes": addresses[GONE + FORBIDDEN :]})
    connection_id = uuid4()
    conn = await asyncpg.connect(database)
    try:
        await conn.execute(_CONNECT, connection_id, simulator.tenant_id, simulator.client_id)
        await conn.execute(_MAP, [uuid4() for _ in addresses], connection_id, addresses)
        await conn.execute(_WATCH)
    finally:
        await conn.close()
    (tmp_path / "simulator").write_text(simulator.client_secret)
    return {
        "ROOMSYNC_POSTGRES_URL": database,
        "ROOMSYNC_SECRETS_DIR": str(tmp_path),
        "ROOMSYNC_GRAPH_SIMULATOR_URL": simulator.base_url,
        "ROOMSYNC_GRAPH_SIMULATOR_LOGIN": simulator.authority.rpartition("/")[0],
        "ROOMSYNC_GRAPH_CA_FILE": str(simulator.ca),
    }


async def test_thousands_of_rooms_are_looked_at_and_told_of_in_a_report_that_can_be_read(
    settings: Mapping[str, str], simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[tuple[int, int]] = []
    for name, value in settings.items():
        monkeypatch.setenv(name, value)

    examined = await look(WantedLook(connection="simulator"), lambda *step: steps.append(step))

    report = examined.report.as_json()
    assert report["not_looked_at"] == []
    counted = Counter(each["code"] for each in report["findings"] if each["space_id"] is not None)
    assert counted == {"RS211": GONE + FORBIDDEN, "RS214": ROOMS - GONE - FORBIDDEN}
    done, of = zip(*steps, strict=True)
    assert list(done) == sorted(done)
    assert set(of) == {ROOMS + len(report["looked_at"]) + len(report["not_set_up"])}
    assert steps[-1][0] == steps[-1][1]

    redacted = json.dumps(examined.redaction.of_all(report))
    assert "sesame" not in redacted.lower()
    assert len(json.loads(redacted)["findings"]) == len(report["findings"])

    told = await run_module("services", "doctor", "--redact", **settings)
    lines = told.said.splitlines()
    more = {line.split(":")[0]: int(line.split()[1]) for line in lines if "more like these" in line}
    assert more == {
        "RS211": GONE + FORBIDDEN - MOST_OF_A_CODE,
        "RS214": ROOMS - GONE - FORBIDDEN - MOST_OF_A_CODE,
        "RS108": ROOMS - MOST_OF_A_CODE,
    }
    assert len(lines) < 400
    whole = await run_module("services", "doctor", "--json", "--within", str(WITHIN_S), **settings)
    assert len({UUID(each["space_id"]) for each in json.loads(whole.said)["findings"] if each["space_id"]}) == ROOMS
