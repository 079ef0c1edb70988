"""Print what happens while it happens: who did what, what was decided and why, what Outlook shows, how long it took."""

import time
from dataclasses import dataclass, field

from rich.console import Console
from rich.markup import escape
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from deploy.driver.http import Json

COLOURS = {"confirmed": "green", "declined": "red", "cancelled": "yellow", "pending": "cyan"}


@dataclass(frozen=True, slots=True)
class ScenePlayed:
    """How one scene ended. `answer_s` is how long the slowest answer in it took; `problem` is None if all held."""

    number: str
    title: str
    answer_s: float
    problem: str | None


@dataclass
class Story:
    """One scene, printed line by line. Times count from the last thing that somebody did."""

    console: Console
    number: str
    title: str
    slowest_s: float = 0.0
    _acted_at: float = field(default_factory=time.monotonic)

    def opens(self) -> None:
        """Print the title of the scene."""
        self.console.print()
        self.console.rule(f"[bold]{self.number}[/]  {self.title}", align="left", style="dim")

    def did(self, who: str, what: str) -> None:
        """Tell what somebody did, and time what follows from here."""
        self._line("does", who, what, "bold")
        self._acted_at = time.monotonic()

    def outlook(self, what: str) -> None:
        """Tell what Outlook shows now."""
        self._tell_timed("Outlook", what, "blue")

    def decided(self, reservation: Json) -> None:
        """Tell the status of a reservation in the ledger, and the reasons."""
        status = str(reservation["status"])
        start, end = str(reservation["start"])[11:16], str(reservation["end"])[11:16]
        self._tell_timed("ledger", f"{status}: {reservation['title']}, {start} to {end}", COLOURS.get(status, "white"))
        for reason in reservation["decision"]["reasons"]:
            self._line("why", "", str(reason["message"]), "dim")

    def ledger(self, what: str) -> None:
        """Tell what the ledger holds, in words."""
        self._tell_timed("ledger", what, "green")

    def mailed(self, whom: str, comment: str) -> None:
        """Tell what somebody reads in the room's answer."""
        self.console.print(Padding(Panel(Text(comment), title=f"{whom} reads", title_align="left", width=100), (0, 12)))

    def _tell_timed(self, side: str, what: str, style: str) -> None:
        took = time.monotonic() - self._acted_at
        self.slowest_s = max(self.slowest_s, took)
        self._line(f"{took:5.1f} s", side, what, style)

    def _line(self, margin: str, who: str, what: str, style: str) -> None:
        self.console.print(Text.assemble((f"{margin:>9}  ", "dim"), (f"{who:<14}", style), what))


def closing_table(played: list[ScenePlayed]) -> Table:
    """Sum up all scenes."""
    table = Table(title="What was played", title_justify="left", header_style="bold")
    table.add_column("scenario")
    table.add_column("what people want")
    table.add_column("slowest answer", justify="right")
    table.add_column("holds")
    for each in played:
        verdict = "[green]yes[/]" if each.problem is None else f"[red]no: {escape(each.problem)}[/]"
        table.add_row(each.number, each.title, f"{each.answer_s:.1f} s", verdict)
    return table
