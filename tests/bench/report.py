"""The report: a table for people, JSON for machines."""

from collections.abc import Sequence
from typing import Any

from rich.table import Table
from rich.text import Text

from tests.bench.figures import Line
from tests.bench.samples import digits


def table(lines: Sequence[Line]) -> Table:
    """Lay out what was measured, one line each, with what there is to know about it below."""
    shown = Table(box=None, padding=(0, 2, 1, 0))
    shown.add_column("figure", no_wrap=True)
    shown.add_column("measured", ratio=1)
    for name in ("target", "reached", "peer", "ratio"):
        shown.add_column(name, justify="right", no_wrap=True)
    shown.add_column("", no_wrap=True)
    for line in lines:
        what = Text(line.what)
        if details := "; ".join(part for part in (line.peer and f"peer: {line.peer.name}", line.note) if part):
            what.append(f"\n{details}", style="dim")
        verdict = Text("ok", style="green") if line.is_met else Text("missed", style="bold red")
        shown.add_row(
            line.figure,
            what,
            line.target.in_words(line.unit),
            _amount(line.reached, line.unit),
            _amount(line.peer.reached, line.unit) if line.peer else "",
            f"{digits(line.ratio)}x" if line.ratio is not None else "",
            verdict,
        )
    return shown


def closing(lines: Sequence[Line]) -> str:
    """Say in a sentence how many targets were met."""
    missed = [line for line in lines if not line.is_met]
    if not missed:
        return f"All {len(lines)} targets were met."
    return f"{len(missed)} of {len(lines)} targets were missed: " + "; ".join(
        f"{line.what} ({_amount(line.reached, line.unit)}, target {line.target.in_words(line.unit)})" for line in missed
    )


def as_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return the same as plain values."""
    return [
        {
            "figure": line.figure,
            "what": line.what,
            "unit": line.unit,
            "target": line.target.in_words(line.unit),
            "reached": line.reached,
            "peer": line.peer.name if line.peer else None,
            "peer_reached": line.peer.reached if line.peer else None,
            "ratio": line.ratio,
            "met": line.is_met,
            "note": line.note,
        }
        for line in lines
    ]


def _amount(value: float, unit: str) -> str:
    return f"{digits(value)} {unit}"
