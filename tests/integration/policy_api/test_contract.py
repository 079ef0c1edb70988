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
from hypothesis.strategies import booleans
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.specs.openapi.schemas import OpenApiSchema

from libs.common.runtime import http_task
from tests.integration.policy_api.operations import OPERATIONS, Operation
from tests.integration.policy_api.world import World, at, fresh

EXAMPLES = 30
Case = schemathesis.Case[Any]
Asked = APIOperation[Any, Any, Any, Any]
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


@pytest.fixture(scope="module")
async def schema(world: World) -> OpenApiSchema:
    """What the API says of itself."""
    config = schemathesis.Config.from_dict({"checks": {"negative_data_rejection": {"expected-statuses": ["4XX"]}}})
    return schemathesis.openapi.from_dict((await world.call("GET", "/openapi.json")).json(), config=config)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
@pytest.mark.parametrize("mode", list(GenerationMode))
async def test_the_api_answers_as_described(
    world: World, address: str, schema: OpenApiSchema, mode: GenerationMode, operation: Operation
) -> None:
    token = world.issuer.token("admin")
    space = await world.mapped_space()
    made = await world.reservation(space["id"], 10, 11)
    connection = space["mapping"]["connection"]
    group = await world.made("/v1/space-groups", {"name": fresh("Group")})
    rule: dict[str, Any] = {"kind": "maximum_duration", "parameters": {"minutes": 60}}
    policy = await world.made("/v1/policies", {**rule, "attach": {"scope": "group", "id": group["id"]}})
    sense = {"space_id": space["id"], "reservation_id": made["id"], "connection_id": connection, "parts": [space["id"]]}
    sense |= {"connection": connection, "room_mailbox": "room@example.org", "time_zone": "Europe/Berlin"}
    sense |= {"start": at(12), "end": at(13), "from": at(8), "to": at(18), "organizer": {"email": "ada@example.org"}}
    sense |= {"tenant_id": "example.org", "client_id": space["id"], "credential": "simulator", "cursor": None}
    sense |= {**rule, "attach": {"scope": "space", "id": space["id"]}, "policy_id": policy["id"]}
    sense |= {"answer": "decline", "template": "{{ room }} is taken."}
    sense |= {"group_id": group["id"], "groups": [group["id"]], "exempt": None, "dates": None}
    asked = schema[operation.path][operation.method]
    await asyncio.to_thread(_ask, asked, address, token, mode, sense)


def _ask(
    asked: APIOperation[Any, Any, Any, Any], address: str, token: str, mode: GenerationMode, sense: dict[str, Any]
) -> None:
    """Ask in many ways; where chance alone would never get to the answer, make sense half of the time."""
    with requests.Session() as session:
        session.trust_env = False

        @given(case=asked.as_strategy(generation_mode=mode), makes_sense=booleans())
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def ask(case: Case, *, makes_sense: bool) -> None:
            if makes_sense and mode is GenerationMode.POSITIVE:
                _make_sense(case, sense)
            headers = {"Authorization": f"Bearer {token}"}
            case.call_and_validate(base_url=address, session=session, headers=headers, checks=CHECKS)

        ask()


def _make_sense(case: Case, sense: dict[str, Any]) -> None:
    """Replace what only exists or fits by design, and ask for no particular version."""
    case.headers.pop("If-Match", None)
    for named in (case.path_parameters, case.query, case.body):
        if isinstance(named, dict):
            for name in named.keys() & sense.keys():
                named[name] = sense[name]
                if sense[name] is None:
                    del named[name]
