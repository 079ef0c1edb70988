"""Groups of commands about one kind of thing, which list it when no command of theirs is named."""

from typing import Protocol

import typer

from services.cli.output import AsJson


class ListCommand(Protocol):
    """The command of a group that lists everything."""

    def __call__(self, *, as_json: bool) -> None: ...


def list_by_default(app: typer.Typer, list_all: ListCommand) -> None:
    """Let the name of a group alone do what its `list` does."""

    @app.callback(invoke_without_command=True, help=str(app.info.help))
    def without_a_command(context: typer.Context, *, as_json: AsJson = False) -> None:
        if context.invoked_subcommand is None:
            list_all(as_json=as_json)
        elif as_json:
            context.fail(f"Put --json behind the command: {context.command_path} {context.invoked_subcommand} --json")
