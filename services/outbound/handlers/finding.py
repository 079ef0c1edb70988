"""Find what an intent is about, again and again while it is carried out.

What is certain already is not asked for: a hold that nobody has written yet is not there, and one that was created a
moment ago is as Graph showed it then. Each is taken for granted once; whatever goes wrong after it is looked at.
"""

import asyncio
from dataclasses import replace
from datetime import datetime

from libs.contracts.intents import MoveBack
from libs.contracts.messages import IntentIssued
from libs.graph.errors import Forbidden, NotFound
from libs.graph.types import Event
from services.outbound.core.calls import Apply, CreateHold
from services.outbound.handlers.look import Found, look, look_at_created
from services.outbound.handlers.target_room import TargetRoom

CONFIRM_S = 1.0


class Finder:
    """The looks of one attempt, and what is remembered between one and the next."""

    def __init__(self, room: TargetRoom, message: IntentIssued, *, is_first_write: bool) -> None:
        self._room = room
        self._message = message
        self._is_first_write = is_first_write
        self._created: Event | None = None
        self._pointers: tuple[str, ...] = ()

    def note_existing(self, event_id: str) -> None:
        """Remember an event id that a hold has by what Graph says."""
        self._pointers = (*self._pointers, event_id)

    def note_written(self, written: Apply, shown: Event | None) -> None:
        """Remember the recurring hold that was created, as Graph showed it."""
        if shown is not None and shown.is_master and any(isinstance(each, CreateHold) for each in written.calls):
            self._created = replace(shown, removed_dates=())

    async def find(self, now: datetime) -> Found:
        """Return what is there; a refusal by an organizer's mailbox counts only if it is repeated a moment later."""
        if self._is_first_write:
            self._is_first_write = False
            return Found(())
        if self._created is not None:
            created, self._created = self._created, None
            return await look_at_created(self._room, created, now)
        try:
            return await look(self._room, self._message, self._pointers, now)
        except (Forbidden, NotFound):
            if not isinstance(self._message.intent, MoveBack):
                raise
        await asyncio.sleep(CONFIRM_S)
        return await look(self._room, self._message, self._pointers, now)
