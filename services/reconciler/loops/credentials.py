"""The loop that looks at the credentials of every connection: what they are, until when, and whether Entra takes them.

The files are looked at every few seconds, so that one that was replaced is known at once. Entra is asked about those
that changed, and about the others now and then, so that one that is not in use is known to count before
it is needed. This process has the files, as ingest and outbound do; it tells for all three.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import structlog
from prometheus_client import Gauge

from libs.common.clock import utc_now
from libs.common.db import Pool
from libs.common.every import every
from libs.graph.auth import CredentialState
from libs.graph.clients import GraphClients
from libs.graph.errors import GraphError
from services.reconciler.store import credentials
from services.reconciler.store.credentials import ConnectedTenant

LOOK_EVERY_S = 5.0

LEFT = Gauge(
    "roomsync_credential_expires_seconds",
    "Time until a credential expires of which it is known; negative once it has",
    ["connection", "credential"],
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CredentialChecks:
    """Check credentials; Entra is asked again about one that it accepted after `asked_again_after_s`.

    `known` are the problems that were logged, and `measured` the labels of the metric that are set.
    """

    pool: Pool
    clients: GraphClients
    asked_again_after_s: float
    known: dict[tuple[str, str], str | None] = field(default_factory=dict)
    measured: set[tuple[str, str]] = field(default_factory=set)

    async def run(self) -> None:
        """Check until cancelled."""
        await every(LOOK_EVERY_S, self.check, name="credentials")

    async def check(self) -> None:
        """Check the credentials of every connection once, and record what was seen."""
        tenants = await credentials.tenants(self.pool)
        await credentials.forget_others(self.pool, [each.tenancy.connection_id for each in tenants])
        expiries: dict[tuple[str, str], datetime] = {}
        for tenant in tenants:
            seen = await self._look(tenant)
            self._log(tenant, seen)
            await credentials.record(self.pool, tenant.tenancy.connection_id, seen)
            expiries |= {(tenant.name, each.name): each.expires_at for each in seen if each.expires_at is not None}
        self._measure(expiries)

    async def _look(self, tenant: ConnectedTenant) -> Sequence[CredentialState]:
        try:
            return await self.clients.tokens_of(tenant.tenancy).check(self.asked_again_after_s)
        except GraphError as error:
            # It leads to no cloud that is known here, so nobody can be asked.
            unknown = partial(CredentialState, kind=None, expires_at=None, thumbprint=None, is_accepted=None)
            return [unknown(name=name, is_in_use=False, problem=str(error)) for name in tenant.tenancy.credentials]

    def _log(self, tenant: ConnectedTenant, seen: Sequence[CredentialState]) -> None:
        """Log a problem when it is news, and its end."""
        for each in seen:
            name = tenant.name, each.name
            if self.known.get(name) == each.problem:
                continue
            facts = {
                "connection_id": str(tenant.tenancy.connection_id),
                "file": each.name,
            }  # what is called a credential is masked
            if each.problem is not None:
                log.warning("credential.refused", reason=each.problem, **facts)
            else:
                log.info("credential.accepted", **facts)
            self.known[name] = each.problem

    def _measure(self, expiries: dict[tuple[str, str], datetime]) -> None:
        now = utc_now()
        for labels, expires_at in expiries.items():
            LEFT.labels(*labels).set((expires_at - now).total_seconds())
        for labels in self.measured - expiries.keys():
            LEFT.remove(*labels)
        self.measured.clear()
        self.measured.update(expiries)
