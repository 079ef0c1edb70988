"""Conflicts: list what both sides have at one time, and resolve it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from libs.common.db import Connection as Db
from services.policy.api.access import actor_of, serves
from services.policy.api.fields import Body, MomentOut, Prose
from services.policy.api.openapi import refuses
from services.policy.api.paging import Cursor, Limit, cursor_at, place_of
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.callers import ADMINS, READERS
from services.policy.commands.conflicts import KeptSide, read_conflict, resolve_conflict
from services.policy.core.explanations import Keep
from services.policy.core.policies.parameters import Moment
from services.policy.store import conflicts
from services.policy.store.conflicts import OpenConflict

router = APIRouter(prefix="/v1/conflicts", tags=["imports"], route_class=JsonRoute)


class ConflictSide(BaseModel):
    """What one side has; the title of a private meeting is masked."""

    start: MomentOut
    end: MomentOut
    title: str


class ConflictOut(BaseModel):
    """An event in Outlook and a reservation in its way. Both stay where they are, and block the time, until resolved.

    `reservation_id` is that of what the ledger has, which may be held by another event in Outlook. Of a series,
    `original_date` names the date that is in conflict. It ends by itself when one side is moved or cancelled.
    """

    id: UUID
    space_id: UUID
    reservation_id: UUID
    ical_uid: str
    original_date: Annotated[str | None, Field(description="The date of a series; null for a single event.")]
    ledger: ConflictSide
    outlook: ConflictSide
    since: MomentOut


class ConflictList(BaseModel):
    """Conflicts, the oldest first; `next` is the cursor of the next page, null on the last."""

    items: list[ConflictOut]
    next: str | None


class ConflictFilter(BaseModel):
    """Which conflicts to list."""

    model_config = ConfigDict(extra="forbid")

    space_id: UUID | None = None
    limit: Limit = 100
    cursor: Cursor | None = None


class ConflictResolution(Body):
    """Which side is kept."""

    keep: Annotated[
        Keep,
        Field(
            description="ledger: the event in Outlook is declined, and its organizer told. outlook: the reservation is "
            "cancelled, and the event booked; its organizer has an accept already."
        ),
    ]
    comment: Annotated[Prose | None, Field(description="What the organizer of what is not kept is told.")] = None


@router.get("", dependencies=serves(READERS))
async def list_conflicts(wanted: Annotated[ConflictFilter, Query()], context: Context) -> ConflictList:
    """List what the first sync could not join, or somebody put in the way of a reservation since."""
    after = place_of(wanted.cursor, TypeAdapter(Moment).validate_python)
    async with context.reading() as conn:
        found = await conflicts.page(conn, wanted.space_id, after, wanted.limit + 1)
    shown = found[: wanted.limit]
    more = cursor_at(shown[-1].since.isoformat(), shown[-1].id) if len(found) > wanted.limit else None
    return ConflictList(items=[show_conflict(each) for each in shown], next=more)


@router.get("/{conflict_id}", dependencies=serves(READERS), responses=refuses(404, 409))
async def read_one_conflict(conflict_id: UUID, context: Context) -> ConflictOut:
    """Read one conflict; one that was resolved is answered with who did."""
    async with context.reading() as conn:
        return show_conflict(await read_conflict(conn, conflict_id))


@router.post(
    "/{conflict_id}/resolve", response_model=ConflictOut, dependencies=serves(ADMINS), responses=refuses(404, 409)
)
async def resolve(
    request: Request, conflict_id: UUID, body: ConflictResolution, context: Context, claim: Claimed
) -> Response:
    """Keep one side and give up the other; the answer is the conflict as it was. Whoever is second learns who was."""
    by, kept = actor_of(request), KeptSide(body.keep, body.comment or None)

    async def work(conn: Db) -> Done:
        resolved = await resolve_conflict(conn, conflict_id, kept, context.patience, by=by)
        shown = show_conflict(resolved.conflict)
        return Done(200, shown.model_dump(mode="json"), {}, tuple(resolved.messages))

    return await perform(request, context, work, claim)


def show_conflict(found: OpenConflict) -> ConflictOut:
    """Show a conflict."""
    return ConflictOut(
        id=found.id,
        space_id=found.space_id,
        reservation_id=found.reservation_id,
        ical_uid=found.ical_uid,
        original_date=found.original_date.isoformat() if found.original_date is not None else None,
        ledger=ConflictSide(start=found.ledger_start, end=found.ledger_end, title=found.ledger_title),
        outlook=ConflictSide(start=found.outlook_start, end=found.outlook_end, title=found.outlook_title),
        since=found.since,
    )
