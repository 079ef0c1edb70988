"""Policies as CSV files, for the tests: rows are written, and what they are about is set by the API."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any

import orjson

from tests.integration.policy_api.world import World

POLICIES = "/v1/policies"
HEADER = "kind,scope,target,parameters"


def table(*rows: Mapping[str, object], columns: Sequence[str] = ()) -> str:
    """Write rows as a file; parameters may be given as an object."""
    file = StringIO()
    writer = csv.DictWriter(file, columns or list(dict.fromkeys(name for row in rows for name in row)))
    writer.writeheader()
    for row in rows:
        writer.writerow({name: orjson.dumps(v).decode() if isinstance(v, dict) else v for name, v in row.items()})
    return file.getvalue()


def rows_of(file: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(file)))


async def rule(world: World, minutes: int = 60, **changed: object) -> dict[str, Any]:
    """Write a row that adds a rule for a space of its own."""
    space = await world.space()
    row = {"kind": "maximum_duration", "scope": "space", "target": space["id"], "parameters": {"minutes": minutes}}
    return {**row, **changed}


async def policy(world: World, **changed: object) -> dict[str, Any]:
    """Set a policy for a space of its own."""
    attach = {"scope": "space", "id": (await world.space())["id"]}
    return await world.made(
        POLICIES, {"kind": "maximum_duration", "parameters": {"minutes": 60}, "attach": attach, **changed}
    )


async def read(world: World, policy_id: str) -> dict[str, Any]:
    found: dict[str, Any] = (await world.call("GET", f"{POLICIES}/{policy_id}")).json()
    return found
