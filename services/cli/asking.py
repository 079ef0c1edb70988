"""Ask before something is lost: a person at a terminal is asked, anybody else has to say `--yes`."""

import sys
from typing import Annotated

import typer

NOT_ASKED = 2
"""The exit status where nobody could be asked: the command was used wrongly, and nothing was done."""

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do it without asking; needed where nobody can be asked.")]


def confirm(what_is_lost: str, *, yes: bool) -> None:
    """Return if the loss is wanted; end the command if it is not, or if there is no terminal to ask at."""
    if yes:
        return
    if not sys.stdin.isatty():
        typer.echo(f"{what_is_lost} Nothing was done: say --yes if it is to be done without asking.", err=True)
        raise typer.Exit(NOT_ASKED)
    if not typer.confirm(f"{what_is_lost} Go on?", err=True):
        typer.echo("Nothing was done.", err=True)
        raise typer.Exit(1)
