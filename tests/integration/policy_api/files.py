"""Lists that leave the API as CSV files and come back as such."""

from typing import Any

import httpx2

from tests.integration.policy_api.world import World


async def export(world: World, path: str, *, role: str = "viewer") -> str:
    """Read a list as a file."""
    answer = await world.call("GET", path, role=role, accept="text/csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8"), answer.text
    return answer.text


async def send(world: World, path: str, text: str | bytes, query: str = "", **headers: str) -> httpx2.Response:
    """Have a file imported into the list at `path`."""
    body = text if isinstance(text, bytes) else text.encode()
    return await world.call("POST", f"{path}:import{query}", body, **{"content_type": "text/csv", **headers})


async def imported(world: World, path: str, text: str | bytes, query: str = "") -> dict[str, Any]:
    """Have a file imported that can be; return the report."""
    answer = await send(world, path, text, query)
    assert answer.status_code == 200, answer.text
    report: dict[str, Any] = answer.json()
    return report
