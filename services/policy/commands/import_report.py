"""The report of an import as a table: what became of each event and each reservation."""

from collections.abc import Mapping

from libs.contracts.fields import write_rfc_3339
from services.policy.core.wording import state_reason
from services.policy.store.import_items import ImportItemRow

COLUMNS = (
    "space_id",
    "side",
    "ical_uid",
    "reservation_id",
    "start",
    "end",
    "title",
    "dates",
    "outcome",
    "reasons",
)


def row_of(item: ImportItemRow) -> Mapping[str, object]:
    """Return an item as a row of the table, each reason as a sentence."""
    return {
        "space_id": item.space_id,
        "side": item.side,
        "ical_uid": item.ical_uid,
        "reservation_id": item.reservation_id,
        "start": write_rfc_3339(item.starts_at),
        "end": write_rfc_3339(item.ends_at),
        "title": item.title,
        "dates": item.dates,
        "outcome": item.outcome,
        "reasons": [state_reason(each, item.place).message for each in item.reasons],
    }
