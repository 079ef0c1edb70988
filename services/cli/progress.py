"""How far something long has come: a bar with rate and remaining time on a terminal, nothing where nobody looks.

It goes to the standard error, so that the standard output has the result alone.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

Advance = Callable[[int, int], None]
"""Is told how many are done, and of how many."""


class RateColumn(TextColumn):
    """How many are done in a second, or in a minute where that is more telling."""

    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: Task) -> Text:
        """Return the rate as a word; nothing until it is known."""
        return Text(say_rate(task.speed))


def say_rate(per_s: float | None) -> str:
    """Say a rate so that it has a figure before the point."""
    if not per_s:
        return ""
    return f"{per_s:.1f}/s" if per_s >= 1 else f"{per_s * 60:.1f}/min"


@contextmanager
def progress_of(what: str) -> Iterator[Advance]:
    """Show how far `what` has come while the context is open."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        RateColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        task = bar.add_task(what, total=None)

        def advance(done: int, of: int) -> None:
            bar.update(task, completed=done, total=of)

        yield advance
