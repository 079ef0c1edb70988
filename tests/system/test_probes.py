"""Metrics are for whoever operates the system: each role has a port of its own for them."""

import aiohttp
import pytest

from deploy.local.services import ROLES
from deploy.local.stack import LocalStack


async def status(stack: LocalStack, url: str) -> int:
    async with aiohttp.ClientSession() as session, session.get(url, ssl=stack.endpoints.trust) as answer:
        return answer.status


@pytest.mark.parametrize("role", ROLES)
async def test_every_role_shows_its_metrics_on_the_port_of_its_probes(stack: LocalStack, role: str) -> None:
    assert await status(stack, f"http://127.0.0.1:{stack.ports.probes_of(role)}/metrics") == 200


async def test_neither_the_webhook_nor_the_api_shows_metrics(stack: LocalStack) -> None:
    assert await status(stack, f"{stack.ingest_url}/metrics") == 404
    assert await status(stack, f"{stack.policy_url}/metrics") == 401
