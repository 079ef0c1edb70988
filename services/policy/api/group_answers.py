"""Answer commands about groups: with the group as it is now, or with every reason and the dates that fail."""

from typing import assert_never
from uuid import UUID

from fastapi import Request

from libs.common.db import Connection
from services.policy.api.etag import etag
from services.policy.api.problems import Problem, document
from services.policy.api.reservation_answers import answer_reserved
from services.policy.api.work import Done
from services.policy.commands.groups import GroupRefused, GroupReserved, GroupResult
from services.policy.commands.refusals import RESERVATION_REFUSED
from services.policy.commands.shown_groups import read_group, show_date


async def answer_new_group(request: Request, conn: Connection, result: GroupResult) -> Done:
    """Answer a request for a new group."""
    if isinstance(result, GroupReserved):
        return await _answer(conn, result, 201, {"Location": f"/v1/reservation-groups/{result.group.id}"})
    return answer_group_refused(request, result)


async def answer_group(request: Request, conn: Connection, result: GroupResult) -> Done:
    """Answer a request to change or cancel a group."""
    match result:
        case GroupReserved():
            return await _answer(conn, result, 200, {})
        case GroupRefused():
            return answer_group_refused(request, result)
        case _:
            assert_never(result)


async def answer_date(request: Request, conn: Connection, result: GroupResult, reservation_id: UUID) -> Done:
    """Answer a request to change or cancel several dates of a group, which named one of them."""
    if isinstance(result, GroupRefused):
        return answer_group_refused(request, result)
    return await answer_reserved(conn, reservation_id, result.messages, 200)


def answer_group_refused(request: Request, result: GroupRefused) -> Done:
    """Answer with every reason against it, each with its date."""
    refusal = document(request, Problem(RESERVATION_REFUSED, result.detail))
    refusal.reasons = list(result.reasons)
    refusal.occurrences = [show_date(each) for each in result.occurrences]
    return Done(RESERVATION_REFUSED.status, refusal.model_dump(mode="json"), {}, tuple(result.messages))


async def _answer(conn: Connection, result: GroupReserved, status: int, headers: dict[str, str]) -> Done:
    answer = await read_group(conn, result.group.id)
    return Done(status, answer.model_dump(mode="json"), {"ETag": etag(answer), **headers}, tuple(result.messages))
