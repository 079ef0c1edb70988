"""Look at the whole installation and tell what is wrong, why it matters and what mends it."""

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from itertools import groupby
from typing import Annotated

import typer

from services.cli.output import AsJson, show
from services.cli.progress import progress_of
from services.doctor.assembly import WantedLook, look
from services.doctor.report import DoctorReport
from services.findings.finding import PAGE, Finding, FindingCode, FindingLevel
from services.findings.registry import REGISTRY

MOST_OF_A_CODE = 10
"""Findings of one code that are told in full; of thousands of rooms, all might have it."""

_COLOURS = {FindingLevel.ERROR: "red", FindingLevel.WARNING: "yellow", FindingLevel.INFO: "blue"}

Offline = Annotated[bool, typer.Option("--offline", help="Look at the settings alone, and ask nobody.")]
Redact = Annotated[
    bool, typer.Option("--redact", help="Put pseudonyms in place of names and addresses, so that others may read it.")
]
ListCodes = Annotated[
    bool, typer.Option("--list", help="List every code with its level and meaning, and look at nothing.")
]
Within = Annotated[
    float | None,
    typer.Option(
        "--within",
        min=1,
        help="Seconds for the rooms of each connection, at most. Without it, as long as Microsoft answers.",
        show_default=False,
    ),
]


def doctor(
    *,
    offline: Offline = False,
    redact: Redact = False,
    list_codes: ListCodes = False,
    within: Within = None,
    as_json: AsJson = False,
) -> None:
    """Look at the whole installation and tell what is wrong.

    Says one line when all is well. Ends with 0 without errors, with 1 if it found some, and with 2 if there is
    something that it could not look at. It changes nothing.
    """
    if list_codes:
        list_every_code(as_json=as_json)
        return
    end(WantedLook(offline=offline, within_s=within), redact=redact, as_json=as_json)


def end(wanted: WantedLook, *, redact: bool, as_json: bool) -> None:
    """Look, print the report, and end the command with its exit code."""
    with progress_of("Looking") as advance:
        examined = asyncio.run(look(wanted, advance))
    report, redaction = examined.report, examined.redaction
    if as_json:
        body = report.as_json()
        typer.echo(json.dumps(redaction.of_all(body) if redact else body, indent=2))
    else:
        text = "\n".join(_lines(report))
        typer.echo(redaction.of(text) if redact else text)
    raise typer.Exit(report.exit_code)


def list_every_code(*, as_json: bool) -> None:
    """List every code with what it means."""
    rows = [
        {
            "code": code.value,
            "level": REGISTRY[code].level.value,
            "finding": REGISTRY[code].finding,
            "why": REGISTRY[code].why,
            "remedy": REGISTRY[code].remedy,
            "doc": f"{PAGE}#{code.lower()}",
        }
        for code in FindingCode
    ]
    if as_json:
        show(rows, as_json=True, nothing="")
    else:
        typer.echo("\n".join(f"{row['code']}  {row['level']:<7}  {row['finding']}" for row in rows))


def _lines(report: DoctorReport) -> Iterator[str]:
    for code, alike in groupby(report.findings, key=lambda each: each.code):
        first, more = _split(list(alike))
        for found in first:
            yield from _finding(found)
            yield ""
        if more:
            yield f"{code}: {len(more)} more like these; `roomsync doctor --json` has all of them."
            yield ""
    for name, why in report.not_looked_at.items():
        yield f"{typer.style('Could not look', fg='red')} at {name}. {why}"
    yield _summary(report)


def _split(alike: list[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Part the findings of one code in those that are told in full and the others, of which there are several."""
    most = len(alike) if len(alike) <= MOST_OF_A_CODE + 1 else MOST_OF_A_CODE
    return alike[:most], alike[most:]


def _finding(found: Finding) -> Iterator[str]:
    level = typer.style(found.level, fg=_COLOURS[found.level], bold=True)
    yield f"{found.code} {level}: {found.subject}"
    yield f"  Found    {found.finding}"
    yield f"  Why      {found.why}"
    yield f"  Mend it  {found.remedy}"
    yield f"  Since    {found.since.astimezone(UTC):%Y-%m-%d %H:%M:%S UTC}; more at {found.doc}"


def _summary(report: DoctorReport) -> str:
    levels = Counter(each.level for each in report.findings)
    counted = ", ".join(_count(levels[level], level) for level in FindingLevel if levels[level])
    looked_at = f"looked at {len(report.looked_at)} things"
    beside = "; ".join(f"{name}: {why}" for name, why in report.not_set_up.items())
    skipped = f" Not to be looked at from here: {beside}." if beside else ""
    if report.not_looked_at:
        unknown = _count(len(report.not_looked_at), "thing")
        return f"{counted.capitalize() + '; ' if counted else ''}{unknown} could not be looked at.{skipped}"
    if report.verdict == "well" and not report.findings:
        return f"All is well: {looked_at}.{skipped}"
    return f"{counted[:1].upper()}{counted[1:]}; {looked_at}.{skipped}"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1 and what != 'info')}"
