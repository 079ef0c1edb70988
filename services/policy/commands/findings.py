"""What is wrong now, as everybody is told it: by the API, on the command line and by the metric."""

from collections import Counter
from collections.abc import Mapping, Sequence
from uuid import UUID

from libs.common.db import Connection
from services.findings.finding import Finding, FindingCode, WantedFindings, select
from services.policy.core.findings.facts import KnownFacts
from services.policy.core.findings.find import find
from services.policy.store import findings as store


async def list_findings(
    conn: Connection, wanted: WantedFindings, after: tuple[str, UUID] | None = None
) -> Sequence[Finding]:
    """Return the findings that stand and are wanted, in their order, after the given place."""
    return select(find(await _gather(conn)), wanted, after)


async def count_findings(conn: Connection) -> Mapping[FindingCode, int]:
    """Count the findings that stand, by code; every code is there that can stand."""
    counted = Counter(each.code for each in find(await _gather(conn)))
    return {code: counted[code] for code in FindingCode if code.is_standing}


async def _gather(conn: Connection) -> KnownFacts:
    return KnownFacts(
        mail=await store.mail_setup(conn),
        refused=await store.refused_approvers(conn),
        templates=await store.failing_templates(conn),
        rooms=await store.rooms_in_trouble(conn),
        connections=await store.paused_connections(conn),
        credentials=await store.known_credentials(conn),
    )
