"""JSON batching: up to 20 calls in one, each as if it had come alone.

Of the batch's own headers, the calls in it get `Authorization` and no other. A batch that is not as it has to be is
refused whole, and none of its calls is made.

Source: https://learn.microsoft.com/en-us/graph/json-batching
Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/680 (`Prefer` on each call)
Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet/issues/2628 (writes without `Content-Type` or body)
Source: https://github.com/microsoftgraph/msgraph-sdk-dotnet-core/issues/891 (dependencies have to come first)
"""

import asyncio
import ssl
from collections.abc import Callable
from uuid import uuid4

import aiohttp
import orjson
from aiohttp import web

from tests.graphsim.bodies import as_json, read_body
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.refusals import CallRefused

MOST = 20
AT_ONCE = 4
WRITES = frozenset({"POST", "PATCH", "PUT"})
BATCH = "x-simulator-batch"
"""The header by which the log knows of a call which batch it came in."""


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
        headers = {"Authorization": request.headers["Authorization"], BATCH: str(uuid4())}
        width = asyncio.Semaphore(AT_ONCE)
        done: dict[str, asyncio.Task[Json]] = {}
        async with asyncio.TaskGroup() as group:
            for call in calls:
                done[call["id"].lower()] = group.create_task(self._after(call, headers, width, dict(done)))
            answers = [await each for each in asyncio.as_completed(done.values())]
        return as_json({"responses": answers})

    async def _after(
        self, call: Json, headers: dict[str, str], width: asyncio.Semaphore, earlier: dict[str, "asyncio.Task[Json]"]
    ) -> Json:
        """One call, once those it depends on have succeeded; 424 if one of them has not."""
        try:
            for ident in call.get("dependsOn") or ():
                if (await earlier[ident.lower()])["status"] >= 400:
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
                headers={**(call.get("headers") or {}), **headers},
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
        raise _malformed("Invalid batch payload format.")
    if len(calls) > MOST:
        raise _malformed(f"Number of batch request steps exceeds the maximum value of {MOST}.")
    earlier: set[str] = set()
    for call in calls:
        _check(call, earlier)
        earlier.add(call["id"].lower())
    return calls


def _check(call: object, earlier: set[str]) -> None:
    """Refuse a call that cannot be in a batch, after those with these ids, whose case does not matter."""
    if not isinstance(call, dict) or not all(isinstance(call.get(name), str) for name in ("id", "method", "url")):
        raise _malformed("Each request of a batch needs id, method and url.")
    ident, url, headers = call["id"], call["url"], call.get("headers") or {}
    if not ident or ident.lower() in earlier:
        raise _malformed("Request ids in a batch must be unique, and not empty.")
    if "://" in url.partition("?")[0] or url.startswith("//"):
        raise _malformed(f"The url of request '{ident}' is not relative.")
    if url.lstrip("/").lower().startswith("$batch"):
        raise _malformed(f"Request '{ident}' is a batch itself.")
    if not isinstance(headers, dict) or not all(isinstance(each, str) for each in headers.values()):
        raise _malformed(f"The headers of request '{ident}' are not an object of strings.")
    has_type = any(name.lower() == "content-type" for name in headers)
    is_write = call["method"].upper() in WRITES
    if (is_write and call.get("body") is None) or ((is_write or call.get("body") is not None) and not has_type):
        raise _malformed(f"Write request id : {ident} does not contain Content-Type header or body.")
    first = call.get("dependsOn") or []
    if not isinstance(first, list) or not all(isinstance(each, str) and each.lower() in earlier for each in first):
        raise _malformed(f"Invalid dependency for request Id '{ident}'.")


def _malformed(message: str) -> CallRefused:
    return CallRefused(400, "BadRequest", message)
