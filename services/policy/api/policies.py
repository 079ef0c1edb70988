"""Policies: the rules that administrators set, and which of them hold in a space."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import TypeAdapter

from libs.common.db import Connection as Db
from services.policy.api.access import actor_of, serves
from services.policy.api.csv_files import AS_FILE, asks_for_csv, check_is_not_paged
from services.policy.api.etag import ExpectedVersion, Known, answer_reader, etag
from services.policy.api.fields import Deleted
from services.policy.api.paging import cursor_at, place_of
from services.policy.api.policy_bodies import (
    NewPolicy,
    PolicyFilter,
    PolicyList,
    PolicyOut,
    PolicyQuestion,
    ResolvedList,
    show_policy,
    show_resolved,
)
from services.policy.api.policy_files import write_policies
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import policies as commands
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.unknown import UnknownPolicy
from services.policy.core.policies.parameters import Moment
from services.policy.core.policies.resolve import Asker
from services.policy.store import policies
from services.policy.store.policies import PoliciesAmong, PolicyRow

router = APIRouter(prefix="/v1", tags=["policies"], route_class=JsonRoute)


@router.post("/policies", status_code=201, response_model=PolicyOut, dependencies=serves(ADMINS))
async def create_policy(request: Request, body: NewPolicy, context: Context, claim: Claimed) -> Response:
    """Set a rule. It is in force at once for what is asked from then on; what was decided stays as it is."""
    wanted, by = body.request(), actor_of(request)

    async def work(conn: Db) -> Done:
        made = await commands.create_policy(conn, wanted, context.clock(), by=by)
        return _answer(made, 201, {"Location": f"/v1/policies/{made.policy.id}"})

    return await perform(request, context, work, claim)


@router.get("/policies", response_model=PolicyList, dependencies=serves(READERS), responses=AS_FILE)
async def list_policies(
    request: Request, response: Response, wanted: Annotated[PolicyFilter, Query()], context: Context
) -> PolicyList | Response:
    """List policies in the order in which they were made.

    With `Accept: text/csv`, all that are found are one file that can be imported again.
    """
    among = PoliciesAmong(wanted.kind, wanted.target_id)
    if asks_for_csv(request):
        check_is_not_paged(wanted.model_fields_set)
        async with context.reading() as conn:
            return write_policies(await policies.page(conn, among, None, None), await policies.targets(conn))
    response.headers["Vary"] = "Accept"
    after = place_of(wanted.cursor, TypeAdapter(Moment).validate_python)
    async with context.reading() as conn:
        found = await policies.page(conn, among, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].created_at.isoformat(), shown[-1].policy.id) if len(found) > wanted.limit else None
    return PolicyList(items=[show_policy(each) for each in shown], next=more)


@router.get("/policies/{policy_id}", response_model=PolicyOut, dependencies=serves(READERS))
async def read_policy(policy_id: UUID, context: Context, known: Known) -> Response:
    """Read one policy."""
    async with context.reading() as conn:
        found = await policies.read(conn, policy_id)
    if found is None:
        raise UnknownPolicy(policy_id)
    return answer_reader(show_policy(found), known)


@router.put("/policies/{policy_id}", response_model=PolicyOut, dependencies=serves(ADMINS))
async def replace_policy(
    request: Request, policy_id: UUID, body: NewPolicy, context: Context, expected: ExpectedVersion, claim: Claimed
) -> Response:
    """Replace a policy; what is left out becomes as if it was never set."""
    wanted, by = body.request(), actor_of(request)

    async def work(conn: Db) -> Done:
        return _answer(await commands.replace_policy(conn, policy_id, wanted, expected, context.clock(), by=by), 200)

    return await perform(request, context, work, claim)


@router.delete("/policies/{policy_id}", response_model=Deleted, dependencies=serves(ADMINS))
async def delete_policy(
    request: Request, policy_id: UUID, context: Context, expected: ExpectedVersion, claim: Claimed
) -> Response:
    """Delete a policy. What was decided by it stays as it is."""
    by = actor_of(request)

    async def work(conn: Db) -> Done:
        await commands.delete_policy(conn, policy_id, expected, context.clock(), by=by)
        return Done(200, Deleted(id=policy_id).model_dump(mode="json"))

    return await perform(request, context, work, claim)


@router.get("/spaces/{space_id}/policies", dependencies=serves(READERS))
async def list_policies_of_space(
    space_id: UUID, asked: Annotated[PolicyQuestion, Query()], context: Context
) -> ResolvedList:
    """List the policies that concern a space, which of them judge what somebody asks for, and why others do not."""
    roles = frozenset({asked.role} if asked.role is not None else ())
    asker = Asker(asked.organizer, asked.channel, roles)
    async with context.reading() as conn:
        found = await commands.resolve_policies(conn, space_id, asker, asked.on, context.clock())
    return ResolvedList(items=[show_resolved(each) for each in found])


def _answer(found: PolicyRow, status: int, headers: Mapping[str, str] | None = None) -> Done:
    shown = show_policy(found)
    return Done(status, shown.model_dump(mode="json"), {"ETag": etag(shown), **(headers or {})})
