"""What pages need: who may see them, the ledger, what changes in it, and the bus."""

from typing import Annotated

from fastapi import Depends, Request, params

from libs.common.bus.port import Bus
from services.policy.commands.callers import Role
from services.policy.commands.work import RequestContext
from services.policy.console.changes import ReservationChanges
from services.policy.console.visitor import visitor_of


class RoleNeeded(Exception):
    """Whoever has signed in has none of the roles that a page or a form is for. Have one of them assigned."""

    def __init__(self, roles: frozenset[Role]) -> None:
        super().__init__(f"needs one of {', '.join(sorted(roles))}")
        self.roles = roles


class RoleGuard:
    """A dependency that lets only `roles` pass. Raises `RoleNeeded`."""

    def __init__(self, roles: frozenset[Role]) -> None:
        self.roles = roles

    def __call__(self, request: Request) -> None:
        if not visitor_of(request).caller.is_any_of(self.roles):
            raise RoleNeeded(self.roles)


def serves(roles: frozenset[Role]) -> list[params.Depends]:
    """Build the dependencies of a page or a form that is for `roles`."""
    return [Depends(RoleGuard(roles))]


def _context(request: Request) -> RequestContext:
    context: RequestContext = request.app.state.context
    return context


def _changes(request: Request) -> ReservationChanges:
    changes: ReservationChanges = request.app.state.changes
    return changes


def _bus(request: Request) -> Bus:
    bus: Bus = request.app.state.bus
    return bus


Context = Annotated[RequestContext, Depends(_context)]
Changes = Annotated[ReservationChanges, Depends(_changes)]
OpenBus = Annotated[Bus, Depends(_bus)]
"""The bus that the service has open."""
