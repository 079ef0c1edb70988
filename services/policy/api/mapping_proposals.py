"""Rooms that Microsoft 365 knows, and which space each of them seems to be."""

from typing import Annotated, Literal
from uuid import UUID

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from services.policy.api.access import serves
from services.policy.api.csv_files import AS_FILE, asks_for_csv, check_is_not_paged, write_csv
from services.policy.api.fields import MomentOut
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Context
from services.policy.commands.callers import ADMINS
from services.policy.commands.mapping_proposals import propose_mappings
from services.policy.core.mapping.known import KnownRoom, MappingProposal
from services.policy.store import discovered_rooms
from services.policy.store.discovered_rooms import Discovery, RoomOfSpace, WantedRooms

router = APIRouter(prefix="/v1", tags=["spaces"], route_class=JsonRoute)

_COLUMNS = ("id", "name", "room_mailbox", "connection")


class DiscoveredRoomOut(BaseModel):
    """A room of the directory of places, and the space that is mapped to it."""

    room_mailbox: str
    connection: UUID
    place_id: str = Field(description="Stays when the name and the address of the room change.")
    name: str
    capacity: int | None
    building: str | None
    floor: str | None
    space_id: UUID | None


class DiscoveryOut(BaseModel):
    """How the rooms of a connection were last listed."""

    connection: UUID
    name: str
    listed_at: MomentOut | None = Field(description="When they were last listed completely; null if never.")
    problem: str | None = Field(description="Why they cannot be listed now, and what to do.")
    since: MomentOut | None


class DiscoveredRoomList(BaseModel):
    """Rooms by name, how listing them fares, and the cursor of the next page, null on the last."""

    items: list[DiscoveredRoomOut]
    discoveries: list[DiscoveryOut]
    next: str | None


class MappingProposalOut(BaseModel):
    """A mailbox that a space may be mapped to: take it by PATCH of the space, or leave it."""

    space_id: UUID
    space_name: str
    room_mailbox: str
    connection: UUID
    instead_of: str | None = Field(description="The mailbox that the space is mapped to and that was lost.")
    room: DiscoveredRoomOut | None
    sureness: Literal["certain", "likely"]
    why: list[str]


class MappingProposalList(BaseModel):
    """Proposals, those for lost mailboxes first; `next` is the cursor of the next page, null on the last."""

    items: list[MappingProposalOut]
    next: str | None


class RoomFilter(BaseModel):
    """Which rooms to list."""

    model_config = ConfigDict(extra="forbid")

    connection: UUID | None = None
    mapped: Annotated[bool | None, Field(description="Those that a space is mapped to, or those that none is.")] = None
    limit: Limit = 100
    cursor: Cursor | None = None


class ProposalPage(BaseModel):
    """Which proposals to list."""

    model_config = ConfigDict(extra="forbid")

    limit: Limit = 100
    cursor: Cursor | None = None


@router.get("/discovered-rooms", dependencies=serves(ADMINS))
async def list_rooms(wanted: Annotated[RoomFilter, Query()], context: Context) -> DiscoveredRoomList:
    """List the rooms that the directory of places knows. They are listed anew every hour (a setting).

    `POST /v1/connections/{id}/check` has the rooms of a connection listed at once.
    """
    at = place_of(wanted.cursor, TypeAdapter(tuple[str, str]).validate_json)
    after = (at[0][0], at[1], at[0][1]) if at is not None else None
    async with context.reading() as conn:
        found = await discovered_rooms.page(
            conn, WantedRooms(wanted.connection, wanted.mapped), after, wanted.limit + 1
        )
        discoveries = await discovered_rooms.discoveries(conn)
    shown = found[: wanted.limit]
    more = None
    if len(found) > wanted.limit:
        last = shown[-1].room
        more = cursor_at(orjson.dumps([last.name, last.place_id]).decode(), last.connection_id)
    return DiscoveredRoomList(
        items=[_show_room(each) for each in shown],
        discoveries=[_show_discovery(each) for each in discoveries],
        next=more,
    )


@router.get("/mapping-proposals", response_model=MappingProposalList, dependencies=serves(ADMINS), responses=AS_FILE)
async def list_proposals(
    request: Request, response: Response, page: Annotated[ProposalPage, Query()], context: Context
) -> MappingProposalList | Response:
    """List which mailbox each space that is not mapped seems to be, and where lost mailboxes are found again.

    Nothing is mapped by itself. With `Accept: text/csv`, all proposals are one file: take out the rows that are wrong,
    and send the rest to `POST /v1/spaces:import`, with `dry_run` first.
    """
    if asks_for_csv(request):
        check_is_not_paged(page.model_fields_set)
        async with context.reading() as conn:
            rows = await propose_mappings(conn)
        return write_csv("mapping.csv", _COLUMNS, map(_as_row, rows))
    response.headers["Vary"] = "Accept"
    after = place_of(page.cursor, TypeAdapter(tuple[bool, str]).validate_json)
    async with context.reading() as conn:
        found = sorted(await propose_mappings(conn), key=lambda each: each.place)
    rest = [each for each in found if after is None or each.place > (*after[0], after[1])]
    shown = rest[: page.limit]
    more = None
    if len(rest) > page.limit:
        is_new, name, space_id = shown[-1].place
        more = cursor_at(orjson.dumps([is_new, name]).decode(), space_id)
    return MappingProposalList(items=[_show_proposal(each) for each in shown], next=more)


def _as_row(proposal: MappingProposal) -> dict[str, object]:
    return {
        "id": proposal.space.id,
        "name": proposal.space.name,
        "room_mailbox": proposal.room_mailbox,
        "connection": proposal.connection_id,
    }


def _show_proposal(proposal: MappingProposal) -> MappingProposalOut:
    return MappingProposalOut(
        space_id=proposal.space.id,
        space_name=proposal.space.name,
        room_mailbox=proposal.room_mailbox,
        connection=proposal.connection_id,
        instead_of=proposal.instead_of,
        room=_show_room(RoomOfSpace(proposal.room, None)) if proposal.room is not None else None,
        sureness=proposal.sureness,
        why=list(proposal.why),
    )


def _show_room(found: RoomOfSpace) -> DiscoveredRoomOut:
    room: KnownRoom = found.room
    return DiscoveredRoomOut(
        room_mailbox=room.address,
        connection=room.connection_id,
        place_id=room.place_id,
        name=room.name,
        capacity=room.capacity,
        building=room.building,
        floor=room.floor,
        space_id=found.space_id,
    )


def _show_discovery(found: Discovery) -> DiscoveryOut:
    return DiscoveryOut(
        connection=found.connection_id,
        name=found.connection_name,
        listed_at=found.listed_at,
        problem=found.problem,
        since=found.problem_since,
    )
