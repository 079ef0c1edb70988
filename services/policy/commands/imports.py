"""Carry out the rows of a file in one transaction, whatever they are about."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from libs.common.db import Connection
from services.policy.commands.command_error import CommandError
from services.policy.commands.errors import AnyCommandError

Row = TypeVar("Row")
Saved = TypeVar("Saved")


@dataclass(frozen=True, slots=True)
class Attempts(Generic[Saved]):
    """What came of each row, under its number: what it asked for, or why it could not be carried out."""

    saved: Mapping[int, Saved]
    failed: Mapping[int, AnyCommandError]


async def attempt_each(
    conn: Connection, rows: Mapping[int, Row], carry_out: Callable[[Row], Awaitable[Saved]]
) -> Attempts[Saved]:
    """Carry out each row, in their order.

    A row that cannot be carried out leaves nothing behind, and the others are carried out all the same: it is for the
    caller to undo them.
    """
    saved: dict[int, Saved] = {}
    failed: dict[int, AnyCommandError] = {}
    for number, row in rows.items():
        try:
            async with conn.transaction():
                saved[number] = await carry_out(row)
        except CommandError as error:
            failed[number] = cast("AnyCommandError", error)
    return Attempts(saved, failed)


async def preview(conn: Connection, importing: Awaitable[Attempts[Saved]]) -> Attempts[Saved]:
    """Return what would come of an import now, and store nothing."""
    trial = conn.transaction()
    await trial.start()
    try:
        return await importing
    finally:
        await trial.rollback()
