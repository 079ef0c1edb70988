"""C12 and B35: credentials are replaced while the system runs, and one that is revoked loses nothing."""

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import expect, throughout
from deploy.driver.looks import accepted_meeting, answered, blocked, booked, mailed, unblocked
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.slots import slot
from deploy.local.stack import LocalStack
from tests.support.proofs import certificate_pem, identity, trusted_identity
from tests.support.stacks import UNTIL_SWEPT_S
from tests.system.credentials import TestedConnection

RETRIED_S = 10
"""How often one call is tried for a connection that cannot be reached (`ROOMSYNC_GRAPH_RETRY_INTERVAL_S`)."""

CAUGHT_UP_S = RETRIED_S + UNTIL_SWEPT_S + 10
"""One retry, one sweep, and the work itself on a busy machine."""


@pytest_asyncio.fixture
async def connection(swept_cast: Cast, sweeping_stack: LocalStack) -> TestedConnection:
    """A connection with one secret."""
    connection = TestedConnection(swept_cast, sweeping_stack)
    await connection.put_secret("first")
    await connection.connect("first")
    return connection


async def works_both_ways(cast: Cast, room: BookableRoom, ada: OutlookUser, day: int) -> None:
    """An invitation is accepted and a reservation blocks the room, both of a day that nothing else is on."""
    meeting, board = slot(days=day, hour=9), slot(days=day, hour=14)
    event = await ada.invite("Planning", meeting, room.calendar)
    reservation = await cast.administrator.reserve(room.space, board, "Board meeting")
    await answered(ada, event, room, "accepted", within_s=CAUGHT_UP_S)
    await blocked(room, board, within_s=CAUGHT_UP_S)
    shown = await cast.administrator.reservation(reservation)
    expect(shown["status"] == "confirmed" and shown["outlook"]["state"] != "failed", shown)


@pytest.mark.timeout(240)
async def test_c12_a_secret_is_replaced_by_a_second_credential_without_a_lost_write(
    connection: TestedConnection, swept_cast: Cast
) -> None:
    cast, ada = swept_cast, await swept_cast.user()
    room = await connection.room()
    await works_both_ways(cast, room, ada, day=1)
    await connection.in_use("first")

    await connection.put_certificate("second", certificate_pem())
    await connection.use("first", "second")
    await works_both_ways(cast, room, ada, day=2)

    await connection.revoke(connection.registered["first"])
    await works_both_ways(cast, room, ada, day=3)
    await connection.in_use("second")
    refused = (await connection.found("RS146"))["RS146"]
    assert "AADSTS7000215" in refused["finding"]
    assert connection.file("first") in refused["subject"]

    await connection.use("second")
    await works_both_ways(cast, room, ada, day=4)
    await connection.found()
    kept = [when for day in range(1, 5) for when in (slot(days=day, hour=9), slot(days=day, hour=14))]
    await booked(cast, room, *kept)
    await mailed(cast, ada, room, ["accepted"] * 4)


@pytest.mark.timeout(240)
async def test_c12_a_secret_is_replaced_in_its_file_without_a_restart(
    connection: TestedConnection, swept_cast: Cast
) -> None:
    cast, ada = swept_cast, await swept_cast.user()
    room = await connection.room()
    await works_both_ways(cast, room, ada, day=1)
    old = connection.registered["first"]

    await connection.put_secret("first")
    await connection.revoke(old)

    await works_both_ways(cast, room, ada, day=2)
    await connection.found()
    await mailed(cast, ada, room, ["accepted"] * 2)


@pytest.mark.timeout(240)
async def test_c12_a_workload_identity_is_used_before_a_secret_and_its_token_is_read_anew(
    connection: TestedConnection, swept_cast: Cast
) -> None:
    cast, ada = swept_cast, await swept_cast.user()
    known = {each["kind"] for each in await cast.tenant.credentials()}
    if "federated" not in known:
        await cast.tenant.add_credential(**trusted_identity())
    connection.put("identity", identity())
    await connection.use("first", "identity")
    room = await connection.room()
    await cast.tenant.revoke_tokens()
    await works_both_ways(cast, room, ada, day=1)
    await connection.in_use("identity")
    shown = (await connection.shown())["identity"]
    assert (shown["kind"], shown["expires_at"], shown["problem"]) == ("workload_identity", None, None)

    connection.put("identity", identity(lasts=timedelta(hours=-1)))
    await cast.tenant.revoke_tokens()
    await works_both_ways(cast, room, ada, day=2)
    assert "expired" in (await connection.found("RS146"))["RS146"]["finding"]

    connection.put("identity", identity())
    await connection.found()


@pytest.mark.timeout(120)
async def test_c12_how_long_a_credential_lasts_is_shown_and_counted_down(
    connection: TestedConnection, sweeping_stack: LocalStack
) -> None:
    await connection.put_certificate("second", certificate_pem(ends=timedelta(days=59)))
    await connection.use("second")
    await connection.found("RS141")
    for days, code in ((29, "RS142"), (6, "RS143")):
        await connection.put_certificate("second", certificate_pem(ends=timedelta(days=days)))
        found = await connection.found(code)
        assert f"in {days - 1} days" in found[code]["finding"] or f"in {days} days" in found[code]["finding"]
    shown = (await connection.shown())["second"]
    assert (shown["kind"], shown["problem"]) == ("certificate", None)
    assert len(shown["thumbprint"]) == 40

    connection.put("second", certificate_pem(ends=timedelta(hours=-1)))
    assert "certificate expired" in (await connection.found("RS144"))["RS144"]["finding"]
    log = "".join(each.log.read_text() for each in sweeping_stack.processes.values())
    key = (sweeping_stack.secrets_dir / connection.file("second")).read_text().splitlines()[1]
    assert key not in log


@pytest.mark.timeout(300)
async def test_b35_c12_a_revoked_credential_stops_writes_cancels_nothing_and_all_catches_up(
    connection: TestedConnection, swept_cast: Cast
) -> None:
    cast, ada = swept_cast, await swept_cast.user()
    room = await connection.room()
    before, moved, called_off = slot(hour=8), slot(hour=10), slot(hour=12)
    kept = await accepted_meeting(ada, room, before)
    to_move = await accepted_meeting(ada, room, moved)
    to_cancel = await accepted_meeting(ada, room, called_off)
    held = await cast.administrator.reserve(room.space, slot(hour=14), "Board meeting")
    given_up = await cast.administrator.reserve(room.space, slot(hour=16), "Board meeting")
    await asyncio.gather(blocked(room, slot(hour=14)), blocked(room, slot(hour=16)))

    await connection.revoke(connection.registered["first"])
    invited = await ada.invite("Planning", slot(hour=18), room.calendar)
    paused = (await connection.found("RS110", within_s=CAUGHT_UP_S))["RS110"]
    assert "AADSTS7000215" in paused["finding"]
    assert "first" in paused["remedy"]
    written = len(await _taken(cast, room))
    await ada.move(to_move, slot(hour=11))
    await ada.cancel(to_cancel)
    late = await cast.administrator.reserve(room.space, slot(hour=20), "Board meeting")
    await cast.administrator.cancel(given_up)

    async def nothing_is_written_or_cancelled() -> None:
        expect(len(await _taken(cast, room)) == written, "something was written")
        live = await cast.administrator.reservations(room.space, "confirmed")
        hours = sorted(int(each["start"][11:13]) for each in live)
        expect(hours == [8, 10, 12, 14, 20], f"the ledger has {hours}")

    await throughout(nothing_is_written_or_cancelled, seconds=3 * UNTIL_SWEPT_S)

    await connection.put_secret("first")

    within_s = CAUGHT_UP_S
    await asyncio.gather(
        answered(ada, invited, room, "accepted", within_s=within_s),
        answered(ada, to_move, room, "accepted", within_s=within_s),
        answered(ada, kept, room, "accepted", within_s=within_s),
        blocked(room, slot(hour=20), within_s=within_s),
        booked(cast, room, before, slot(hour=11), *(slot(hour=hour) for hour in (14, 18, 20)), within_s=within_s),
    )
    await unblocked(room, slot(hour=16))
    await unblocked(room, called_off)
    await connection.found()
    for reservation in (held, late):
        shown = await cast.administrator.reservation(reservation)
        expect(shown["outlook"]["state"] != "failed", shown)
    await mailed(cast, ada, room, ["accepted"] * 5)


async def _taken(cast: Cast, room: BookableRoom) -> list[object]:
    """The writes of ours on the room's mailbox that Graph did."""
    return [each for each in await cast.tenant.writes(room.calendar) if each["status"] < 300]
