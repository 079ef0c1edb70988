"""Keep the group of a series as the series is."""

from dataclasses import replace

from services.policy.core.case import Case
from services.policy.core.changes import Change, SaveGroup
from services.policy.core.ledger import ReservationGroup
from services.policy.core.recurring.asked import listing_of


def group_of(case: Case) -> ReservationGroup:
    """Return the group as it is with the series: the one that is there, brought up to date, or a new one."""
    before, listing, window = case.ledger.group, listing_of(case), case.judged.window
    return ReservationGroup(
        id=before.id if before is not None else case.new_id,
        space_id=case.ledger.space.id,
        ical_uid=case.meeting.ical_uid,
        origin="outlook",
        status="confirmed",
        recurrence=listing.recurrence,
        time_zone=listing.time_zone,
        starts_at=window.start,
        ends_at=window.end,
        materialised_until=listing.listed_until,
        version=before.version + 1 if before is not None else 1,
        created_at=before.created_at if before is not None else case.now,
        updated_at=case.now,
    )


def save_group_if_changed(group: ReservationGroup, before: ReservationGroup | None) -> list[Change]:
    """Save a group, unless it is as it was before."""
    if before is not None and replace(group, version=before.version, updated_at=before.updated_at) == before:
        return []
    return [SaveGroup(group)]
