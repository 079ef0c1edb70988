"""Run the work of a request: one transaction, done whole or not at all, and at most once per Idempotency-Key."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Annotated, Any, TypeVar

import orjson
from fastapi import Depends, Header, Request, Response

from libs.common.db import Connection
from libs.common.http_requests import correlation_id_of
from libs.contracts.message import Message
from services.policy.api.access import caller_of
from services.policy.api.fields import matching
from services.policy.api.problems import KEY_REUSED, MEDIA_TYPE, UNAVAILABLE, FieldProblem, Problem, encode, invalid
from services.policy.api.route import is_json
from services.policy.commands.work import RETRY_AFTER_S, OutcomeUnknown, RequestContext
from services.policy.commands.work import run as run_in_transaction
from services.policy.commands.work import send as send_in_transaction
from services.policy.store import idempotency
from services.policy.store.idempotency import ApiAnswer, EarlierAnswer

Result = TypeVar("Result")

OUTCOME_UNKNOWN = (
    "The ledger's database went away just as this request was to be written, and nobody knows whether it was. Repeat "
    "the same request with its Idempotency-Key: nothing is done twice. If it had none, look first what is there."
)


@dataclass(frozen=True, slots=True)
class Done:
    """The result of a request: the answer to the caller, and the messages to send."""

    status: int
    body: dict[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """An Idempotency-Key as one caller used it for one request."""

    caller: str
    key: str
    request_hash: str


def unavailable(detail: str) -> Problem:
    """Say that the database is away, and when to try again."""
    return Problem(UNAVAILABLE, detail, headers={"Retry-After": str(RETRY_AFTER_S)})


async def _context(request: Request) -> RequestContext:
    context: RequestContext = request.app.state.context
    return context


Context = Annotated[RequestContext, Depends(_context)]


IdempotencyKey = Annotated[
    str, matching(r"[\x21-\x7e]{1,255}", "A key has 1 to 255 visible ASCII characters; a random UUID will do")
]


async def _claim(
    request: Request,
    idempotency_key: Annotated[
        IdempotencyKey | None,
        Header(
            description="A key of the caller's choosing. Repeating a request with its key within 24 hours returns the "
            "first answer and does nothing again.",
        ),
    ] = None,
) -> Claim | None:
    if idempotency_key is None:
        return None
    query = [request.url.query] if request.url.query else []
    asked = [request.method, request.url.path, *query, request.headers.get("if-match"), await _content(request)]
    try:
        written = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:  # it writes a quarter of the depth it reads
        raise invalid("body", "is nested too deeply", "a JSON object as /openapi.json describes it") from error
    return Claim(caller_of(request).id, idempotency_key, sha256(written).hexdigest())


async def _content(request: Request) -> object:
    body = await request.body()
    if not body:
        return None
    return await request.json() if is_json(request) else sha256(body).hexdigest()


Claimed = Annotated[Claim | None, Depends(_claim)]


async def perform(
    request: Request, context: RequestContext, work: Callable[[Connection], Awaitable[Done]], claim: Claim | None = None
) -> Response:
    """Do the work and answer with its result, or repeat the answer that was given before under the same key."""
    answer = await run(context, lambda conn: _once(conn, request, context, work, claim))
    media_type = MEDIA_TYPE if answer.status >= 400 else "application/json"
    return Response(encode(answer.body), answer.status, answer.headers, media_type)


async def run(context: RequestContext, work: Callable[[Connection], Awaitable[Result]]) -> Result:
    """Do the work in one transaction, and return what it returns. Raises `Problem` if nobody knows whether it was done.

    Work that lost a race against another transaction is done again on what that transaction left behind.
    """
    try:
        return await run_in_transaction(context, work)
    except OutcomeUnknown as error:
        raise unavailable(OUTCOME_UNKNOWN) from error


async def send(conn: Connection, request: Request, context: RequestContext, messages: Sequence[Message]) -> None:
    """Have messages sent once the transaction of `conn` is committed."""
    await send_in_transaction(conn, context, messages, correlation_id_of(request))


async def _once(
    conn: Connection,
    request: Request,
    context: RequestContext,
    work: Callable[[Connection], Awaitable[Done]],
    claim: Claim | None,
) -> ApiAnswer:
    now = context.clock()
    if claim is not None:
        given = await idempotency.claim(conn, claim.caller, claim.key, claim.request_hash, now)
        if given is not None:
            return _repeat(given, claim)
    done = await work(conn)
    await send(conn, request, context, done.messages)
    answer = ApiAnswer(done.status, done.body, dict(done.headers))
    if claim is not None:
        await idempotency.keep(conn, claim.caller, claim.key, answer)
    return answer


def _repeat(given: EarlierAnswer, claim: Claim) -> ApiAnswer:
    if given.request_hash != claim.request_hash:
        expected = "the same request again, or a new key for a new request"
        raise Problem(
            KEY_REUSED,
            "This Idempotency-Key already stands for another request. Use a new key for each new request.",
            errors=[FieldProblem(field="header.Idempotency-Key", problem="was used before", expected=expected)],
        )
    answer = given.answer
    return ApiAnswer(answer.status, answer.body, {**answer.headers, "Idempotency-Replayed": "true"})
