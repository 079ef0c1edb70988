"""An examination ends in time, tells what it does not know, and hides names where that is asked for."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from services.doctor.check import Check, CouldNotLook, LookedInPart, NotSetUp
from services.doctor.examine import examine
from services.doctor.redact import redaction
from services.doctor.report import DoctorReport
from services.findings.finding import Finding, FindingCode
from services.findings.registry import fill_in
from tests.unit.doctor.rooms import NOW

PARKED = fill_in(FindingCode.MESSAGES_PARKED, "messages", NOW, {"messages": "1 message", "type": "a", "reason": "b"})
CONTRADICTION = fill_in(FindingCode.SETTINGS_CONTRADICT, "a setting", NOW, {"sentence": "a", "why": "b", "remedy": "c"})


def found(*findings: Finding) -> Check:
    async def look() -> Sequence[Finding]:
        return findings

    return Check("something", look)


def failing(error: Exception) -> Check:
    async def look() -> Sequence[Finding]:
        raise error

    return Check("something else", look)


async def test_what_hangs_is_given_up_and_reported_and_keeps_no_other_waiting() -> None:
    is_over = asyncio.Event()

    async def hang() -> Sequence[Finding]:
        while not is_over.is_set():
            with suppress(asyncio.CancelledError):  # it does not even hear that it is given up
                await is_over.wait()
        return ()

    ended: list[str] = []
    try:
        report = await asyncio.wait_for(examine([Check("it", hang, within_s=0.05), found(PARKED)], ended.append), 5)
    finally:
        is_over.set()

    assert (report.verdict, report.exit_code) == ("could_not_look", 2)
    assert report.not_looked_at == {"it": "There was no answer within 0.05 s."}
    assert list(report.findings) == [PARKED]
    assert ended == ["something", "it"]


async def verdict(*checks: Check) -> tuple[str, int]:
    report = await examine(checks)
    return report.verdict, report.exit_code


async def test_the_exit_code_is_0_without_errors_1_with_and_2_with_anything_unknown() -> None:
    assert await verdict(found()) == ("well", 0)
    assert await verdict(found(CONTRADICTION)) == ("warnings", 0)
    assert await verdict(found(CONTRADICTION), found(PARKED)) == ("errors", 1)
    assert await verdict(found(PARKED), failing(CouldNotLook("It is away."))) == ("could_not_look", 2)
    assert await verdict(failing(ValueError("secret"))) == ("could_not_look", 2)
    assert await verdict(failing(NotSetUp("it is not set here"))) == ("well", 0)


async def test_an_error_of_a_check_is_told_by_its_kind_alone_and_what_was_found_before_is_kept() -> None:
    broken = await examine([failing(ValueError("hush"))])
    partly = await examine([failing(LookedInPart("Three are left.", [PARKED]))])

    assert broken.not_looked_at == {"something else": "Looking failed with ValueError."}
    assert (partly.not_looked_at, list(partly.findings)) == ({"something else": "Three are left."}, [PARKED])


def test_the_report_for_programs_has_the_findings_as_the_api_does_the_worst_first() -> None:
    body = DoctorReport([PARKED, CONTRADICTION]).as_json()

    assert (body["verdict"], [each["code"] for each in body["findings"]]) == ("errors", ["RS246", "RS272"])
    assert body["findings"][0] == PARKED.model_dump(mode="json")


def test_names_and_addresses_have_the_same_pseudonyms_everywhere_and_in_no_other_installation() -> None:
    names = [("Aula Magna", "space"), ("aula@example.org", "mailbox"), ("db.example", "host")]
    hide, other = redaction("one", names), redaction("other", names)
    text = "The space Aula Magna (AULA@example.org) at db.example; grace@contoso.com, https://hooks.example:8443/x"

    hidden = hide.of(text)

    assert not any(each in hidden.lower() for each in ("aula", "example", "grace", "contoso", "hooks"))
    assert hidden.startswith("The space space-")
    assert hide.of_all({"finding": ["aula@example.org"]})["finding"][0] in hidden
    assert other.of(text) != hidden
