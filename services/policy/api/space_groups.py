"""Groups of spaces: what rules are attached to, beside single spaces and all of them."""

from collections.abc import Mapping
from dataclasses import asdict
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from libs.common.db import Connection as Db
from services.policy.api.access import serves
from services.policy.api.etag import ExpectedVersion, Known, answer_reader, etag
from services.policy.api.fields import Body, Deleted, Line, MomentOut, left_out
from services.policy.api.openapi import refuses
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import space_groups as commands
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.unknown import UnknownSpaceGroup
from services.policy.store import space_groups
from services.policy.store.space_groups import SpaceGroupRow

router = APIRouter(prefix="/v1/space-groups", tags=["space groups"], route_class=JsonRoute)


class NewSpaceGroup(Body):
    """A group to add."""

    name: Line


class SpaceGroupPatch(Body):
    """What to change of a group; what is left out stays."""

    name: Line = left_out()


class SpaceGroupOut(BaseModel):
    """A group of spaces. Which spaces are in it is told by each space's `groups`."""

    id: UUID
    name: str
    version: int
    created_at: MomentOut


class SpaceGroupList(BaseModel):
    """All groups, by name."""

    items: list[SpaceGroupOut]


@router.post("", status_code=201, response_model=SpaceGroupOut, dependencies=serves(ADMINS), responses=refuses(409))
async def create_space_group(request: Request, body: NewSpaceGroup, context: Context, claim: Claimed) -> Response:
    """Add a group; spaces are put into it by their `groups`."""

    async def work(conn: Db) -> Done:
        made = await commands.create_group(conn, body.name, context.clock())
        return _answer(made, 201, {"Location": f"/v1/space-groups/{made.id}"})

    return await perform(request, context, work, claim)


@router.get("", dependencies=serves(READERS))
async def list_space_groups(context: Context) -> SpaceGroupList:
    """List the groups."""
    async with context.reading() as conn:
        return SpaceGroupList(items=[SpaceGroupOut(**asdict(each)) for each in await space_groups.every(conn)])


@router.get("/{group_id}", response_model=SpaceGroupOut, dependencies=serves(READERS))
async def read_space_group(group_id: UUID, context: Context, known: Known) -> Response:
    """Read one group."""
    async with context.reading() as conn:
        found = await space_groups.read(conn, group_id)
    if found is None:
        raise UnknownSpaceGroup(group_id)
    return answer_reader(SpaceGroupOut(**asdict(found)), known)


@router.patch("/{group_id}", response_model=SpaceGroupOut, dependencies=serves(ADMINS), responses=refuses(409))
async def change_space_group(
    request: Request,
    group_id: UUID,
    body: SpaceGroupPatch,
    context: Context,
    expected: ExpectedVersion,
    claim: Claimed,
) -> Response:
    """Change the name of a group."""

    async def work(conn: Db) -> Done:
        return _answer(await commands.rename_group(conn, group_id, body.name, expected), 200)

    return await perform(request, context, work, claim)


@router.delete("/{group_id}", response_model=Deleted, dependencies=serves(ADMINS), responses=refuses(409))
async def delete_space_group(
    request: Request, group_id: UUID, context: Context, expected: ExpectedVersion, claim: Claimed
) -> Response:
    """Delete a group to which no policy is attached. The spaces that were in it stay."""

    async def work(conn: Db) -> Done:
        await commands.delete_group(conn, group_id, expected)
        return Done(200, Deleted(id=group_id).model_dump(mode="json"))

    return await perform(request, context, work, claim)


def _answer(found: SpaceGroupRow, status: int, headers: Mapping[str, str] | None = None) -> Done:
    shown = SpaceGroupOut(**asdict(found))
    return Done(status, shown.model_dump(mode="json"), {"ETag": etag(shown), **(headers or {})})
