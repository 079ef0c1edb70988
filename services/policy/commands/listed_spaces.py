"""Spaces with the worst that is known of each: how its mailbox is doing, findings, conflicts, and the first sync."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from libs.common.db import Connection
from services.findings.finding import Finding, WantedFindings
from services.policy.commands.findings import list_findings
from services.policy.commands.mapping_details import condition_of, tell_details
from services.policy.commands.mapping_state import RoomCondition
from services.policy.commands.unknown import UnknownSpace
from services.policy.store import listed_spaces as store
from services.policy.store import spaces
from services.policy.store.listed_spaces import BesideMapping, WantedSpaces
from services.policy.store.spaces import SpaceRow, WatchedSpace


@dataclass(frozen=True, slots=True)
class SpaceFilter:
    """Which spaces to list; None stands for any.

    By a part of the name, mapped or not, with something wrong or not, mapped through a connection.
    """

    name: str | None = None
    is_mapped: bool | None = None
    has_problem: bool = False
    connection_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ListedSpace:
    """A space and what is known of it. One that is not mapped has no condition; findings stand with the worst first."""

    watched: WatchedSpace
    condition: RoomCondition | None
    detail: str | None
    findings: Sequence[Finding]
    beside: BesideMapping

    @property
    def space(self) -> SpaceRow:
        """Return the space itself."""
        return self.watched.space


async def list_spaces(
    conn: Connection, wanted: SpaceFilter, after: tuple[str, UUID] | None, limit: int
) -> Sequence[ListedSpace]:
    """Return the next spaces that are wanted, by name, after the given one."""
    findings = _by_space(await list_findings(conn, WantedFindings()))
    in_trouble = list(findings) if wanted.has_problem else None
    among = WantedSpaces(wanted.name, wanted.is_mapped, in_trouble, wanted.connection_id)
    found = await store.page(conn, among, after, limit)
    beside = await store.beside(conn, [each.space.id for each in found])
    return [_list(each, findings.get(each.space.id, ()), beside[each.space.id]) for each in found]


async def read_listed(conn: Connection, space_id: UUID) -> ListedSpace:
    """Return one space and what is known of it. Raises `UnknownSpace`."""
    found = await spaces.read(conn, space_id)
    if found is None:
        raise UnknownSpace(space_id)
    findings = await list_findings(conn, WantedFindings(space_id=space_id))
    return _list(found, findings, (await store.beside(conn, [space_id]))[space_id])


def _list(found: WatchedSpace, findings: Sequence[Finding], beside: BesideMapping) -> ListedSpace:
    condition = condition_of(found)
    return ListedSpace(found, condition, tell_details(found, condition), findings, beside)


def _by_space(findings: Sequence[Finding]) -> Mapping[UUID, Sequence[Finding]]:
    grouped: dict[UUID, list[Finding]] = defaultdict(list)
    for each in findings:
        if each.space_id is not None:
            grouped[each.space_id].append(each)
    return grouped
