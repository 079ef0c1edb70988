"""What commands print: for people a table, or one field below the other where no table fits; JSON for programs."""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated, NoReturn

import typer
from rich.box import HEAVY_HEAD
from rich.console import Console
from rich.table import Table

ANY_WIDTH = 100_000

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def show(rows: Sequence[Mapping[str, object]], *, as_json: bool, nothing: str) -> None:
    """Print rows that all have the same columns, or the sentence `nothing` where there are none."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2, default=_plain))
        return
    if not rows:
        typer.echo(nothing)
        return
    said = [{name: _say(value) for name, value in row.items()} for row in rows]
    console = Console(highlight=False)
    table = Table(*said[0], box=HEAVY_HEAD if console.is_terminal else None)
    for row in said:
        table.add_row(*row.values())
    boundless = console.options.update(max_width=ANY_WIDTH)
    if console.measure(table, options=boundless).maximum <= console.width:
        console.print(table)
    else:
        # Never a table with a part of an id: it is there to be copied into another command.
        typer.echo("\n".join(_one_below_the_other(row) for row in said), nl=False)


def fail(sentence: str) -> NoReturn:
    """End the command with 1, and say why."""
    typer.echo(sentence, err=True)
    sys.exit(1)


def _plain(value: object) -> str:
    """Say in JSON what JSON has no form for; a time as RFC 3339 does."""
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _say(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return "" if value is None else str(value)


def _one_below_the_other(row: Mapping[str, str]) -> str:
    width = max(len(name) for name in row)
    return "".join(f"{name:<{width}}  {value}".rstrip() + "\n" for name, value in row.items())


def tell(sentence: str, done: Mapping[str, object], *, as_json: bool) -> None:
    """Print what was done: a sentence for people, the facts as one JSON object for programs."""
    typer.echo(json.dumps(done, indent=2, default=_plain) if as_json else sentence)


def show_one(body: Mapping[str, object], row: Mapping[str, object], *, as_json: bool) -> None:
    """Print one thing: its whole body for programs, and what matters of it for people."""
    if as_json:
        typer.echo(json.dumps(body, indent=2, default=_plain))
    else:
        show([row], as_json=False, nothing="")
