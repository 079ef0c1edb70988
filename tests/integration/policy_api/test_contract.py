"""The API keeps what its own description says, whatever it is sent."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Err
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from libs.common.runtime import http_task
from tests.integration.policy_api.world import World

EXAMPLES = 60
Case = schemathesis.Case[Any]
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


@pytest.fixture(scope="module")
async def address(world: World) -> AsyncIterator[str]:
    """The API on a port of its own, because what makes up requests does so in a thread of its own."""
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port: int = reserved.getsockname()[1]
    serving = asyncio.create_task(http_task(world.app, host="127.0.0.1", port=port)())
    async with asyncio.timeout(10):
        while not serving.done():
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                break
            await asyncio.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    serving.cancel()
    await asyncio.gather(serving, return_exceptions=True)


@pytest.mark.parametrize("mode", list(GenerationMode))
async def test_the_api_answers_as_described(world: World, address: str, mode: GenerationMode) -> None:
    description = (await world.call("GET", "/openapi.json")).json()
    token = world.issuer.token("admin")
    await asyncio.to_thread(_ask_everything, description, address, token, mode)


def _ask_everything(description: dict[str, object], address: str, token: str, mode: GenerationMode) -> None:
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": ["4XX"]}}})
    schema = schemathesis.openapi.from_dict(description, config=config)
    with requests.Session() as session:
        session.trust_env = False
        for result in schema.get_all_operations():
            assert not isinstance(result, Err)
            operation = result.ok()

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=EXAMPLES,
                deadline=None,
                database=None,
                derandomize=True,
                phases=[Phase.explicit, Phase.generate],
                suppress_health_check=list(HealthCheck),
            )
            def ask(case: Case) -> None:
                headers = {"Authorization": f"Bearer {token}"}
                case.call_and_validate(base_url=address, session=session, headers=headers, checks=CHECKS)

            ask()
