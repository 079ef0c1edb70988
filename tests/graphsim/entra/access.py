"""What the tenant grants its applications: roles, and which mailboxes they reach.

Our application reaches what the tenant's scope says, rooms at first; Outlook acts for anybody.

Source: https://learn.microsoft.com/en-us/exchange/permissions-exo/application-rbac
"""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tests.graphsim.entra.applications import CLIENT_ID, OUTLOOK_ID, App

ROLES = ("Calendars.ReadWrite", "Place.Read.All", "MailboxSettings.Read")


@dataclass(frozen=True, slots=True)
class Grant:
    """What the tenant grants an application: roles, a scope of mailboxes, and by name some only of those."""

    scope: Literal["rooms", "all", "none"] = "rooms"
    roles: tuple[str, ...] = ROLES
    mailboxes: tuple[str, ...] | None = None


FIRST = {CLIENT_ID: Grant(), OUTLOOK_ID: Grant(scope="all", roles=(*ROLES, "User.Read.All"))}


class Access:
    """The grant to each application, which counts as it is at the time of a call."""

    def __init__(self) -> None:
        self._grants = dict(FIRST)
        self._coming: dict[str, tuple[float, Grant]] = {}

    def reset(self) -> None:
        self._grants = dict(FIRST)
        self._coming.clear()

    def change(self, client_id: str, grant: Grant, after_s: float) -> None:
        """Put another grant in force, once `after_s` have gone by."""
        self._coming[client_id] = (time.monotonic() + after_s, grant)

    def grant(self, client_id: str) -> Grant:
        """What is in force now."""
        due, coming = self._coming.get(client_id, (math.inf, None))
        if coming is not None and due <= time.monotonic():
            self._grants[client_id] = coming
            del self._coming[client_id]
        return self._grants[client_id]

    def roles(self, client_id: str) -> Sequence[str]:
        return self.grant(client_id).roles

    def reaches(self, app: App, address: str, *, is_room: bool) -> bool:
        """Whether the application reaches the mailbox of this lower-case address."""
        grant = self.grant(app.client_id)
        if grant.mailboxes is not None and address not in {each.lower() for each in grant.mailboxes}:
            return False
        return grant.scope == "all" or (grant.scope == "rooms" and is_room)
