"""Run checks side by side, each within its time, and gather what they find."""

import asyncio
from collections.abc import Callable, Sequence

from libs.common.together import together
from services.doctor.check import Check, CouldNotLook, LookedInPart, NotSetUp
from services.doctor.report import DoctorReport
from services.findings.finding import Finding

OnEnd = Callable[[str], None]
"""Is told the name of each check that has ended."""


async def examine(checks: Sequence[Check], on_end: OnEnd = lambda _: None) -> DoctorReport:
    """Run the checks and report. A check that hangs is given up after its time; it keeps no other waiting."""
    endings = await together(_run(each, on_end) for each in checks)
    findings: list[Finding] = []
    unknown: dict[str, str] = {}
    missing: dict[str, str] = {}
    for check, (found, error) in zip(checks, endings, strict=True):
        findings += found
        if isinstance(error, NotSetUp):
            missing[check.name] = str(error)
        elif error is not None:
            unknown[check.name] = _say(check, error)
    looked_at = [each.name for each in checks if each.name not in unknown and each.name not in missing]
    return DoctorReport(sorted(findings, key=lambda each: each.place), unknown, missing, looked_at)


async def _run(check: Check, on_end: OnEnd) -> tuple[Sequence[Finding], BaseException | None]:
    looking = asyncio.ensure_future(check.look())
    try:
        await asyncio.wait({looking}, timeout=check.within_s)
    finally:
        looking.cancel()  # not waited for: what hangs may not hear of it
    on_end(check.name)
    if not looking.done():
        # Nobody awaits it any more, and asyncio would log how it ends.
        looking.add_done_callback(lambda late: late.cancelled() or late.exception())
        return (), TimeoutError()
    if looking.cancelled():
        return (), TimeoutError()
    error = looking.exception()
    if isinstance(error, LookedInPart):
        return error.findings, error
    return ((), error) if error is not None else (looking.result(), None)


def _say(check: Check, error: BaseException) -> str:
    if isinstance(error, CouldNotLook):
        return str(error)
    if isinstance(error, TimeoutError) and check.within_s is not None:
        return f"There was no answer within {check.within_s:g} s."
    return f"Looking failed with {type(error).__name__}."
