"""What commands print: for people a table, or one field below the other where no table fits; JSON for programs."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

ANY_WIDTH = 100_000

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


def show(rows: Sequence[Mapping[str, object]], *, as_json: bool, nothing: str) -> None:
    """Print rows that all have the same columns, or the sentence `nothing` where there are none."""
    if as_json:
        typer.echo(json.dumps(rows, indent=2, default=str))
        return
    if not rows:
        typer.echo(nothing)
        return
    said = [{name: _say(value) for name, value in row.items()} for row in rows]
    table = Table(*said[0])
    for row in said:
        table.add_row(*row.values())
    console = Console(highlight=False)
    boundless = console.options.update(max_width=ANY_WIDTH)
    if console.measure(table, options=boundless).maximum <= console.width:
        console.print(table)
    else:
        # Never a table with a part of an id: it is there to be copied into another command.
        typer.echo("\n".join(_one_below_the_other(row) for row in said), nl=False)


def _say(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    return "" if value is None else str(value)


def _one_below_the_other(row: Mapping[str, str]) -> str:
    width = max(len(name) for name in row)
    return "".join(f"{name:<{width}}  {value}".rstrip() + "\n" for name, value in row.items())
