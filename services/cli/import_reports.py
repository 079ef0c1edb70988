"""Report what came of an import: for people what they may want to look at, as CSV all of it."""

import csv
from collections.abc import Iterable
from io import StringIO

import typer

from services.cli.output import show
from services.policy.api.room_import_bodies import ImportItemOut, RoomImportOut

MOST_SHOWN = 40
_LOOKED_AT = {"conflict", "failed", "grandfathered", "declined"}


def print_report(found: RoomImportOut, rooms: Iterable[dict[str, object]], items: Iterable[ImportItemOut]) -> None:
    """Print how an import stands, the rooms that failed, and the items that somebody may want to look at."""
    show([row_of(found)], as_json=False, nothing="")
    typer.echo("")
    failed = [each for each in rooms if each["state"] == "failed"]
    if failed:
        columns = ("space", "room_mailbox", "detail")
        shown = [{name: each[name] for name in columns} for each in failed[:MOST_SHOWN]]
        show(shown, as_json=False, nothing="")
        if len(failed) > MOST_SHOWN:
            typer.echo(f"{len(failed) - MOST_SHOWN} more rooms failed: `roomsync imports show {found.id} --json`.")
        typer.echo("")
    told = [each for each in items if each.outcome in _LOOKED_AT]
    show([_item_row(each) for each in told[:MOST_SHOWN]], as_json=False, nothing="Nothing of it needs a look.")
    if len(told) > MOST_SHOWN:
        typer.echo(f"{len(told) - MOST_SHOWN} more of these: `roomsync imports show {found.id} --csv` has all items.")


def row_of(found: RoomImportOut) -> dict[str, object]:
    """Return an import as a row of a table."""
    counts = found.counts.model_dump()
    said = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
    return {
        "import_id": found.id,
        "kind": "rehearsal" if found.rehearsal else "import",
        "state": found.state,
        "rooms": f"{found.rooms_done} of {found.rooms}" + (f", {found.rooms_failed} failed" * (found.rooms_failed > 0)),
        "items": said or "none",
        "per_s": found.rate_per_s,
        "remaining_s": found.remaining_s,
    }


def _item_row(item: ImportItemOut) -> dict[str, object]:
    return {
        "outcome": item.outcome,
        "side": item.side,
        "start": item.start,
        "title": item.title,
        "why": " ".join(each.message for each in item.reasons),
    }


def as_csv_of(items: Iterable[ImportItemOut]) -> str:
    """Return every item as CSV, each reason as a sentence."""
    file = StringIO(newline="")
    writer = csv.DictWriter(file, list(ImportItemOut.model_fields))
    writer.writeheader()
    for each in items:
        writer.writerow({**each.model_dump(mode="json"), "reasons": " ".join(one.message for one in each.reasons)})
    return file.getvalue()
