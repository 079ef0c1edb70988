"""The pages of the console, each a module with its routes; addresses are below the console's own."""

from services.policy.console import static
from services.policy.console.pages import (
    approval,
    approvals,
    cancellation,
    change,
    conflicts,
    findings,
    imports,
    mapping,
    proposals,
    reservation,
    reservations,
    room,
    rooms,
    rule,
    rules,
    schedule,
    several,
    timeline,
    today,
)

ROUTERS = (
    static.router,
    today.router,
    timeline.router,
    schedule.router,
    several.router,
    approvals.router,
    approval.router,
    rooms.router,
    rules.router,
    reservations.router,
    change.router,
    cancellation.router,
    reservation.router,
    proposals.router,
    room.router,
    mapping.router,
    imports.router,
    conflicts.router,
    rule.router,
    findings.router,
)
"""Every router, in the order in which addresses are compared: `several` and `proposals` are no ids."""
