"""JSON batching: up to 20 calls in one, each as if it had come alone.

Source: https://learn.microsoft.com/en-us/graph/json-batching
"""

import asyncio
import ssl
from collections.abc import Callable

import aiohttp
import orjson
from aiohttp import web

from tests.graphsim.bodies import as_json, read_body
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.refusals import CallRefused

MOST = 20
AT_ONCE = 4
OWN = ("Authorization", "Prefer", "client-request-id")


class Batch:
    """Makes the calls of a batch on ourselves at `origin`, so that limits, faults and the log see each of them."""

    def __init__(self, origin: str, trust: ssl.SSLContext, session: Callable[[], aiohttp.ClientSession]) -> None:
        self._origin = origin
        self._trust = trust
        self._session = session

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/v1.0/$batch", self._run)]

    async def _run(self, request: web.Request) -> web.Response:
        calls = _checked(await read_body(request))
        headers = {name: request.headers[name] for name in OWN if name in request.headers}
        width = asyncio.Semaphore(AT_ONCE)
        done: dict[str, asyncio.Task[Json]] = {}
        async with asyncio.TaskGroup() as group:
            for call in calls:
                done[call["id"]] = group.create_task(self._after(call, headers, width, dict(done)))
            answers = [await each for each in asyncio.as_completed(done.values())]
        return as_json({"responses": answers})

    async def _after(
        self, call: Json, headers: dict[str, str], width: asyncio.Semaphore, earlier: dict[str, "asyncio.Task[Json]"]
    ) -> Json:
        """One call, once those it depends on have succeeded; 424 if one of them has not."""
        try:
            for ident in call.get("dependsOn") or ():
                if ident not in earlier or (await earlier[ident])["status"] >= 400:
                    raise CallRefused(424, "FailedDependency", "A request that this one depends on has failed.")
            async with width:
                return await self._call(call, headers)
        except CallRefused as refusal:
            body = {"error": {"code": refusal.code, "message": refusal.message}}
            return {"id": call["id"], "status": refusal.status, "headers": dict(refusal.headers), "body": body}

    async def _call(self, call: Json, headers: dict[str, str]) -> Json:
        body = call.get("body")
        url = f"{self._origin}/v1.0/{call['url'].lstrip('/')}"
        try:
            async with self._session().request(
                call["method"].upper(),
                url,
                data=None if body is None else orjson.dumps(body),
                headers={**headers, "Content-Type": "application/json", **(call.get("headers") or {})},
                ssl=self._trust,
            ) as answer:
                raw = await answer.read()
        except aiohttp.ClientError as lost:
            raise CallRefused(504, "UnknownError", "") from lost
        kept = {str(name): value for name, value in answer.headers.items() if name.lower() != "content-length"}
        found: Json = {"id": call["id"], "status": answer.status, "headers": kept}
        if raw:
            found["body"] = orjson.Fragment(raw)
        return found


def _checked(body: Json) -> list[Json]:
    calls = body.get("requests")
    if not isinstance(calls, list) or not calls:
        raise CallRefused(400, "BadRequest", "Invalid batch payload format.")
    if len(calls) > MOST:
        raise CallRefused(400, "BadRequest", f"Number of batch request steps exceeds the maximum value of {MOST}.")
    for call in calls:
        if not isinstance(call, dict) or not all(isinstance(call.get(name), str) for name in ("id", "method", "url")):
            raise CallRefused(400, "BadRequest", "Each request of a batch needs id, method and url.")
    if len({call["id"] for call in calls}) < len(calls):
        raise CallRefused(400, "BadRequest", "Request ids in a batch must be unique.")
    return calls
