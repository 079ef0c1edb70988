"""`roomsync doctor` on a running system: one line when all is well, and each fault told once it is made real."""

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
import pytest_asyncio

from deploy.driver.cast import ROOMSYNC_DECIDES, BookableRoom, Cast, open_cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.looks import answered
from deploy.driver.slots import slot
from deploy.local.options import Mode
from deploy.local.stack import LocalStack
from libs.common.bus.port import Envelope
from libs.common.bus.rabbitmq import open_rabbitmq
from libs.common.settings import Settings
from services.bus import topology
from tests.integration.cli.processes import EndedProcess, run_module
from tests.support.stacks import in_both_modes, running_stack
from tests.support.tls_front import TlsFront

pytestmark = pytest.mark.timeout(300)

GRANTED = {"scope": "rooms", "roles": ["Calendars.ReadWrite", "Place.Read.All", "MailboxSettings.Read"]}


@pytest_asyncio.fixture(scope="module", params=in_both_modes("examined_"))
async def examined_stack(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[LocalStack]:
    """A system of its own: what other tests leave behind is not well."""
    async with running_stack(request.param, tmp_path_factory.mktemp("examined")) as stack:
        yield stack


@pytest_asyncio.fixture
async def cast(examined_stack: LocalStack) -> AsyncIterator[Cast]:
    async with open_cast(examined_stack.endpoints, f"t{uuid4().hex[:8]}") as cast:
        yield cast
        await cast.tenant.control.send("PUT", "/access", body=GRANTED)


async def roomsync(stack: LocalStack, *words: str, **env: str) -> EndedProcess:
    return await run_module("services", *words, **{**stack.settings, **env})


async def examine(stack: LocalStack, *words: str, **env: str) -> tuple[int, dict[str, Any]]:
    """Have the doctor look, and return its exit code and report."""
    ended = await roomsync(stack, "doctor", "--json", *words, **env)
    assert ended.complained == ""
    return ended.code, json.loads(ended.said)


def codes(report: dict[str, Any]) -> set[str]:
    return {each["code"] for each in report["findings"]}


async def of_room(stack: LocalStack, room: BookableRoom) -> set[str]:
    """Have the doctor look, and return what it finds of one room."""
    _, report = await examine(stack)
    return {each["code"] for each in report["findings"] if each["space_id"] == room.space["id"]}


async def let_pass(stack: LocalStack, table: str, column: str, by: timedelta, room: BookableRoom) -> None:
    """Have what a service wrote down about a room lie so much further in the past, as if that time had gone by."""
    connection = await asyncpg.connect(str(stack.servers.postgres_url))
    try:
        statement = f"UPDATE {table} SET {column} = {column} - $2::interval WHERE space_id = $1"
        await connection.execute(statement, UUID(room.space["id"]), by)
    finally:
        await connection.close()


async def grant(cast: Cast, **what: object) -> None:
    await cast.tenant.control.send("PUT", "/access", body={**GRANTED, **what})


async def well_again(stack: LocalStack, cast: Cast) -> None:
    """Wait until the services know that they may do again what they were refused, if they asked for it meanwhile."""
    assert (await roomsync(stack, "connections", "check", "simulator")).code == 0

    async def look() -> None:
        found = [each for each in await cast.administrator.findings() if each["level"] == "error"]
        expect(not found, found)

    await eventually(look, within_s=90)


async def test_a_system_that_is_well_has_one_line_and_leaves_no_trace_in_a_mailbox(
    examined_stack: LocalStack, cast: Cast
) -> None:
    room = await cast.room()
    before = len(await cast.tenant.stored(room.calendar))

    told = await roomsync(examined_stack, "doctor")

    assert (told.code, told.said.count("\n"), told.complained) == (0, 1, "")
    assert told.said.startswith("All is well: looked at ")
    assert len(await cast.tenant.stored(room.calendar)) == before == 0
    code, report = await examine(examined_stack)
    assert (code, report["verdict"], report["findings"], report["not_looked_at"]) == (0, "well", [], [])
    checked = await roomsync(examined_stack, "connections", "check", "simulator", "--json")
    assert (checked.code, json.loads(checked.said)["verdict"]) == (0, "well")


async def test_nothing_granted_only_reading_granted_and_everything_granted_are_told_apart(
    examined_stack: LocalStack, cast: Cast
) -> None:
    await cast.room()
    await cast.room("other")

    await grant(cast, scope="none")
    code, nothing = await examine(examined_stack)
    await grant(cast, roles=["Calendars.Read", "MailboxSettings.Read"])
    reading_code, reading = await examine(examined_stack)
    await grant(cast, scope="all", roles=[*GRANTED["roles"], "Mail.ReadWrite"])
    await well_again(examined_stack, cast)
    person = await cast.user()
    wide_code, wide = await examine(examined_stack, ROOMSYNC_DOCTOR_OUTSIDER=person.address)
    await grant(cast)
    _, scoped = await examine(examined_stack, ROOMSYNC_DOCTOR_OUTSIDER=person.address)

    assert (code, nothing["verdict"], "RS202" in codes(nothing)) == (1, "errors", True)
    assert (reading_code, {"RS208", "RS203"} <= codes(reading)) == (1, True)
    assert (wide_code, wide["verdict"], {"RS204", "RS205"} <= codes(wide)) == (0, "warnings", True)
    assert person.address in next(each["finding"] for each in wide["findings"] if each["code"] == "RS205")
    assert {"RS204", "RS205"}.isdisjoint(codes(scoped))


async def test_each_fault_of_a_room_is_told_and_gone_when_mended(examined_stack: LocalStack, cast: Cast) -> None:
    room = await cast.room()

    assert await of_room(examined_stack, room) == set()
    await cast.tenant.change_mailbox(room.calendar, time_zone="Tokyo Standard Time", capacity=99)
    await cast.tenant.expire_subscriptions(room.calendar)
    assert await of_room(examined_stack, room) == {"RS214", "RS215", "RS232"}

    await cast.tenant.change_mailbox(room.calendar, time_zone="UTC", capacity=8)
    renewed = await roomsync(examined_stack, "subscriptions", "renew", room.space["id"], "--json")
    assert (renewed.code, [each["state"] for each in json.loads(renewed.said)]) == (0, ["active"])
    assert await of_room(examined_stack, room) == set()


async def test_what_stands_is_told_by_the_doctor_too(examined_stack: LocalStack, cast: Cast) -> None:
    room = await cast.room(processing={**ROOMSYNC_DECIDES, "automate": "AutoAccept"})
    organizer = await cast.user()
    async with cast.tenant.delivery(silence=True):
        event = await organizer.invite("Talk", slot(), room.calendar)
        await answered(organizer, event, room, "accepted")
    assert (await roomsync(examined_stack, "sweep", room.space["id"])).code == 0

    async def is_marked() -> None:
        found = await cast.administrator.space(room.space)
        expect(found["mapping"]["answers_by_itself"] is not None, found["mapping"])

    await eventually(is_marked, within_s=60)
    code, report = await examine(examined_stack)
    told = {each["code"] for each in report["findings"] if each["space_id"] == room.space["id"]}
    assert (code, told) == (0, {"RS105"})


async def test_a_message_that_was_put_aside_is_told_until_it_is_dropped(examined_stack: LocalStack, cast: Cast) -> None:
    if examined_stack.mode is Mode.EMBEDDED:
        _, report = await examine(examined_stack)
        assert [each["check"] for each in report["not_set_up"] if "AMQP" in each["why"]] == ["the broker"]
        return
    amqp = str(examined_stack.servers.amqp_url)
    senseless = Envelope(uuid4(), "intent.issued.v2", b"{}", 0, datetime.now(UTC), "correlation")
    async with open_rabbitmq(amqp, topology(Settings())) as bus:
        await bus.publish([senseless])

        async def is_parked() -> None:
            expect(await bus.count_parked() == 1)

        await eventually(is_parked, within_s=30)

    code, report = await examine(examined_stack)
    dropped = await roomsync(examined_stack, "parked", "drop", str(senseless.message_id), "--yes", "--json")

    [found] = [each for each in report["findings"] if each["code"] == "RS246"]
    assert (code, "1 message" in found["finding"], "intent.issued" in found["finding"]) == (1, True, True)
    assert json.loads(dropped.said) == {"message_id": str(senseless.message_id), "done": "dropped"}
    assert "RS246" not in codes((await examine(examined_stack))[1])


async def test_what_does_not_answer_is_told_as_that(examined_stack: LocalStack, cast: Cast, tmp_path: Path) -> None:
    room, organizer = await cast.room(), await cast.user()
    event = await organizer.invite("Talk", slot(), room.calendar)  # so that somebody outside the rooms is known
    await answered(organizer, event, room, "accepted")
    shutil.copytree(examined_stack.settings["ROOMSYNC_SECRETS_DIR"], tmp_path, dirs_exist_ok=True)
    (tmp_path / "simulator").write_text("wrong~secret")
    (tmp_path / "roomsync_amqp_url").write_text("amqp://x:hush@127.0.0.1:1")

    code, report = await examine(
        examined_stack,
        ROOMSYNC_SECRETS_DIR=str(tmp_path),
        ROOMSYNC_INGEST_PUBLIC_URL="https://127.0.0.1:1",
        ROOMSYNC_SMTP_URL="smtp://127.0.0.1:1",
    )

    assert (code, {"RS201", "RS221", "RS241", "RS261"} <= codes(report)) == (1, True), report
    assert "hush" not in json.dumps(report)

    (tmp_path / "roomsync_postgres_url").write_text("postgresql://x:hush@127.0.0.1:1/x")
    code, report = await examine(examined_stack, ROOMSYNC_SECRETS_DIR=str(tmp_path))
    assert (code, report["verdict"], "RS251" in codes(report)) == (2, "could_not_look", True)
    assert "hush" not in json.dumps(report)


@pytest.mark.parametrize(
    ("left", "code", "exit_code"), [(50, "RS223", 0), (20, "RS224", 0), (3, "RS225", 1), (300, None, 0)]
)
async def test_a_certificate_in_front_of_the_webhook_is_counted_down(
    examined_stack: LocalStack, tmp_path: Path, left: int, code: str | None, exit_code: int
) -> None:
    days = timedelta(days=left, hours=1)
    front = TlsFront(examined_stack.ingest_url, examined_stack.ca, left=days, old=timedelta(days=200))
    front.authority.cert_pem.write_to_path(tmp_path / "front.pem")

    async with front.open() as address:
        ended, report = await examine(
            examined_stack,
            ROOMSYNC_INGEST_PUBLIC_URL=address,
            ROOMSYNC_DOCTOR_CA_FILE=str(tmp_path / "front.pem"),
        )

    told = [each for each in report["findings"] if each["subject"] == f"the webhook at {address}"]
    assert (ended, [each["code"] for each in told]) == (exit_code, [code] if code else [])
    assert all(f"{left} days" in each["finding"] for each in told)


@pytest.mark.parametrize(("fast", "is_told"), [(90, True), (-90, True), (10, False)])
async def test_a_login_service_whose_clock_is_another_is_told(
    examined_stack: LocalStack, tmp_path: Path, fast: int, is_told: bool
) -> None:
    login = examined_stack.settings["ROOMSYNC_GRAPH_SIMULATOR_LOGIN"]
    front = TlsFront(login, examined_stack.ca, fast=timedelta(seconds=fast))
    authorities = tmp_path / "both.pem"
    authorities.write_bytes(examined_stack.ca.read_bytes() + front.authority.cert_pem.bytes())

    async with front.open() as address:
        code, report = await examine(
            examined_stack, ROOMSYNC_GRAPH_SIMULATOR_LOGIN=address, ROOMSYNC_GRAPH_CA_FILE=str(authorities)
        )

    told = [each["finding"] for each in report["findings"] if each["code"] == "RS206"]
    assert (code, len(told)) == (int(is_told), int(is_told)), report
    assert all("Microsoft's login service" in each for each in told)


async def test_a_subscription_that_nobody_renews_is_told_until_somebody_does(
    examined_stack: LocalStack, cast: Cast
) -> None:
    room = await cast.room()
    ingest = examined_stack.processes["services" if examined_stack.mode is Mode.EMBEDDED else "ingest"]
    ingest.stall()
    try:
        await cast.tenant.expire_subscriptions(room.calendar)
        await let_pass(examined_stack, "ingest.watches", "expires_at", timedelta(days=9), room)
        stalled = await of_room(examined_stack, room)
    finally:
        ingest.resume()

    async def is_renewed() -> None:
        renewed = await roomsync(examined_stack, "subscriptions", "renew", room.space["id"], "--json")
        expect(renewed.code == 0, renewed)

    assert "RS231" in stalled
    await eventually(is_renewed, within_s=120)
    assert await of_room(examined_stack, room) == set()


async def test_a_room_that_was_not_proved_for_long_is_told_until_it_is(examined_stack: LocalStack, cast: Cast) -> None:
    room = await cast.room()
    assert (await roomsync(examined_stack, "sweep", room.space["id"])).code == 0

    await let_pass(examined_stack, "reconciler.rooms", "agreed_at", timedelta(minutes=14), room)
    soon = await of_room(examined_stack, room)
    await let_pass(examined_stack, "reconciler.rooms", "agreed_at", timedelta(minutes=2), room)
    late = await of_room(examined_stack, room)

    assert (soon, late) == (set(), {"RS233"})
    assert (await roomsync(examined_stack, "sweep", room.space["id"])).code == 0
    assert await of_room(examined_stack, room) == set()


async def test_a_report_for_others_names_nobody(examined_stack: LocalStack, cast: Cast) -> None:
    room = await cast.room("Sesame")
    await cast.tenant.change_mailbox(room.calendar, time_zone="Tokyo Standard Time")

    _, open_report = await examine(examined_stack)
    hidden = await roomsync(examined_stack, "doctor", "--redact", "--json")
    again = await roomsync(examined_stack, "doctor", "--redact")
    await cast.tenant.change_mailbox(room.calendar, time_zone="UTC")

    assert "Sesame" in json.dumps(open_report)
    for told in (hidden.said, again.said):
        assert "sesame" not in told.lower()
        assert room.calendar.address not in told
        assert "RS214" in told
    [found] = [each for each in json.loads(hidden.said)["findings"] if each["space_id"] == room.space["id"]]
    assert found["subject"] in again.said


async def test_the_settings_alone_are_looked_at_offline(examined_stack: LocalStack) -> None:
    nowhere = {"ROOMSYNC_POSTGRES_URL": "postgresql://x:hush@127.0.0.1:1/x"}
    code, well = await examine(examined_stack, "--offline", **nowhere)
    wrong_code, wrong = await examine(
        examined_stack, "--offline", **nowhere, ROOMSYNC_SWEEP_LOOK_AHEAD_DAYS="30", ROOMSYNC_READS_AT_A_TIME="none"
    )

    assert (code, well["looked_at"]) == (0, ["the settings"])
    assert (wrong_code, {"RS271"} <= codes(wrong)) == (1, True)


async def test_rooms_are_swept_with_an_end_and_listed(examined_stack: LocalStack, cast: Cast) -> None:
    room = await cast.room()
    space_id = room.space["id"]

    swept = await roomsync(examined_stack, "sweep", space_id, "--json")
    asked = await roomsync(examined_stack, "sweep", "--no-wait", "--json")
    unknown = await roomsync(examined_stack, "sweep", str(uuid4()))
    spaces = await roomsync(examined_stack, "spaces", "--json")
    subscriptions = await roomsync(examined_stack, "subscriptions", "list", space_id, "--json")

    [result] = json.loads(swept.said)
    assert (swept.code, result["space_id"], result["result"], result["state"]) == (0, space_id, "compared", "agrees")
    assert space_id in json.loads(asked.said)["asked"]
    assert (unknown.code, unknown.said) == (1, "")
    assert {"active"} == {each["mapping"]["state"] for each in json.loads(spaces.said) if each["id"] == space_id}
    [subscription] = json.loads(subscriptions.said)
    assert (subscription["state"], subscription["expires_at"] is not None) == ("active", True)
