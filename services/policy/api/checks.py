"""Checks: try now to reach a connection or a space's mailbox, and all that waits for it.

Policy does not speak to Microsoft: it asks the other services by message, and the answer says where to look.
"""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from libs.common.db import Connection as Db
from libs.contracts.messages import RetryRequested
from services.policy.api.access import serves
from services.policy.api.openapi import refuses
from services.policy.api.problems import Problem
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands import checks as commands
from services.policy.commands.callers import ADMINS
from services.policy.commands.refusals import CONFLICT

router = APIRouter(prefix="/v1", tags=["checks"], route_class=JsonRoute)


class CheckOut(BaseModel):
    """A check that has begun."""

    detail: str = Field(description="What happens now, in a sentence.")
    look_at: str = Field(description="Where the result shows within seconds.")


@router.post(
    "/connections/{connection_id}/check", status_code=202, response_model=CheckOut, dependencies=serves(ADMINS)
)
async def check_connection(request: Request, connection_id: UUID, context: Context, claim: Claimed) -> Response:
    """Try now to reach every room of a connection, as after its credential or its permissions were mended."""

    async def work(conn: Db) -> Done:
        check = await commands.check_connection(conn, connection_id)
        return _begun(check.asked, commands.ALL_TRIED_NOW, "/v1/spaces")

    return await perform(request, context, work, claim)


@router.post(
    "/spaces/{space_id}/check",
    status_code=202,
    response_model=CheckOut,
    dependencies=serves(ADMINS),
    responses=refuses(409),
)
async def check_space(request: Request, space_id: UUID, context: Context, claim: Claimed) -> Response:
    """Try now to reach the room mailbox of a space, and compare it with the ledger if it could not be reached."""

    async def work(conn: Db) -> Done:
        asked = await commands.check_space(conn, space_id)
        if asked is None:
            raise Problem(CONFLICT, commands.NOTHING_TO_TRY)
        return _begun(asked, commands.TRIED_NOW, f"/v1/spaces/{space_id}")

    return await perform(request, context, work, claim)


def _begun(message: RetryRequested, detail: str, look_at: str) -> Done:
    body = CheckOut(detail=detail, look_at=look_at).model_dump(mode="json")
    return Done(202, body, {"Location": look_at}, (message,))
