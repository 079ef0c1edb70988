"""A service makes, changes, cancels and checks reservations by message, and is replied to as the API would answer."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

import pytest

from libs.contracts.message import Message
from libs.contracts.reservation_commands import (
    ReservationCancellationDone,
    ReservationCancellationRefused,
    ReservationChangeDone,
    ReservationChangeRefused,
    ReservationCheckDone,
    ReservationRequestRefused,
)
from libs.contracts.reservations import ReservationOut
from libs.contracts.values import ActorKind
from libs.contracts.wanted_reservations import WantedOrganizer
from services.policy.api.translate import problem_of
from services.policy.commands.errors import (
    AnyCommandError,
    EmptyWindow,
    OverrideNotPermitted,
    StaleVersion,
    WindowTooFarAhead,
)
from services.policy.commands.unknown import UnknownReservation, UnknownSpace
from services.policy.core.limits import FURTHEST_AHEAD
from tests.integration.policy.asking import granted
from tests.integration.policy.commanding import AS_GRACE, ask, book, cancel, change, check, request, shown
from tests.integration.policy.ledger import Ledger, Room, window
from tests.integration.policy.replying import replying
from tests.integration.policy.rules import at_space, set_rule


async def test_a_request_books_and_is_replied_to_with_the_reservation_as_it_is_shown(
    ledger: Ledger, database: str
) -> None:
    room, at = await ledger.room(), window(9)
    async with replying(ledger, database) as asker:
        organizer = WantedOrganizer(email="ada@example.org", name="Ada")
        booked = await book(ledger, asker, room, at, organizer=organizer, attendee_count=3)

    assert booked == await shown(ledger, booked.id)
    assert (booked.status, booked.origin, booked.made_by, booked.attendee_count) == (
        "confirmed",
        "command",
        AS_GRACE,
        3,
    )
    assert booked.organizer is not None
    assert (booked.start, booked.end, booked.organizer.email) == (at.start, at.end, "ada@example.org")
    [row] = await ledger.audit(room)
    assert (row["actor_kind"], row["actor_subject"], row["actor_name"]) == ("service", "grace@example.org", "Grace")


async def test_what_is_taken_is_refused_with_every_reason_and_with_alternatives(ledger: Ledger, database: str) -> None:
    room = await ledger.room(capacity=4)
    async with replying(ledger, database) as asker:
        booked = await book(ledger, asker, room, window(9))
        reply = await ask(ledger, asker, request(room, window(9), attendee_count=5))
        free = await ask(ledger, asker, request(room, window(9)))

    assert isinstance(reply, ReservationRequestRefused)
    assert (reply.status, reply.title) == (409, "The space cannot be reserved like that.")
    assert {each.rule for each in reply.reasons} == {"availability", "capacity"}
    assert all(each.message in reply.detail for each in reply.reasons)
    assert free.alternatives.next_free.start == window(10).start
    assert [row["id"] for row in await ledger.reservations(room)] == [booked.id]


async def test_what_needs_approval_is_pending(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    rule = {"kind": "approval", "when": "always", "approvers": ["grace@example.org"]}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    async with replying(ledger, database) as asker:
        booked = await book(ledger, asker, room, window(9))

    assert (booked.status, booked.decision.outcome) == ("pending", "tentative")


async def test_a_change_changes_what_it_names_and_nothing_else(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        organizer = WantedOrganizer(email="ada@example.org")
        booked = await book(ledger, asker, room, window(9), organizer=organizer, attendee_count=3)
        moved = await ask(ledger, asker, change(booked, start=window(11).start, end=window(11).end, expected_version=1))
        anonymous = await ask(ledger, asker, change(booked, organizer=None))

    assert isinstance(moved, ReservationChangeDone)
    assert (moved.reservation.start, moved.reservation.title) == (window(11).start, "Board")
    assert (moved.reservation.organizer, moved.reservation.attendee_count) == (booked.organizer, 3)
    assert moved.reservation.changed_by == AS_GRACE
    assert anonymous.reservation.organizer is None
    assert anonymous.reservation == await shown(ledger, booked.id)


async def test_a_change_to_a_taken_time_is_refused_and_leaves_the_reservation_as_it_was(
    ledger: Ledger, database: str
) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        await book(ledger, asker, room, window(11))
        booked = await book(ledger, asker, room, window(9))
        reply = await ask(ledger, asker, change(booked, start=window(11).start, end=window(11).end))

    assert isinstance(reply, ReservationChangeRefused)
    assert (reply.status, [each.rule for each in reply.reasons]) == (409, ["availability"])
    assert (await shown(ledger, booked.id)).start == window(9).start


async def test_a_cancellation_frees_the_space_and_may_come_again(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        booked = await book(ledger, asker, room, window(9))
        reply = await ask(ledger, asker, cancel(booked, comment="A pipe burst."))
        again = await ask(ledger, asker, cancel(booked))

    assert isinstance(reply, ReservationCancellationDone)
    assert (reply.reservation.status, reply.reservation.cancelled_by) == ("cancelled", AS_GRACE)
    assert again.reservation == reply.reservation
    assert await ledger.windows(room) == []


async def test_a_cancellation_that_comes_too_late_is_refused(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    rule = {"kind": "change_cut_off", "cancel_minutes": 7 * 24 * 60}
    await granted(ledger, lambda conn: set_rule(conn, rule, at_space(room.id)))
    async with replying(ledger, database) as asker:
        booked = await book(ledger, asker, room, window(9))
        reply = await ask(ledger, asker, cancel(booked))

    assert isinstance(reply, ReservationCancellationRefused)
    assert (reply.status, [each.rule for each in reply.reasons]) == (409, ["change_cut_off"])
    assert await ledger.windows(room) == [window(9)]


async def test_a_check_says_what_would_be_decided_and_changes_nothing(ledger: Ledger, database: str) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        free = await ask(ledger, asker, check(room, window(9)))
        assert await ledger.windows(room) == []
        await book(ledger, asker, room, window(9))
        taken = await ask(ledger, asker, check(room, window(9)))

    assert isinstance(free, ReservationCheckDone)
    assert (free.forecast.outcome, free.forecast.reasons) == ("accept", [])
    assert (taken.forecast.outcome, [each.rule for each in taken.forecast.reasons]) == ("decline", ["availability"])
    assert taken.forecast.alternatives.next_free.start == window(10).start
    assert await ledger.windows(room) == [window(9)]


NOBODY = UUID(int=7)


@pytest.mark.parametrize(
    ("asked", "error", "field"),
    [
        (lambda room, _: request(replace(room, id=NOBODY), window(13)), UnknownSpace(NOBODY), "space_id"),
        (lambda room, _: check(replace(room, id=NOBODY), window(13)), UnknownSpace(NOBODY), "space_id"),
        (lambda room, _: request(room, window(13, 13)), EmptyWindow(), "end"),
        (lambda room, _: check(room, window(13, 13)), EmptyWindow(), "end"),
        (lambda room, _: request(room, window(13, day=4000)), WindowTooFarAhead("start", FURTHEST_AHEAD), "start"),
        (
            lambda room, _: request(room, window(13), override_reason="Fair"),
            OverrideNotPermitted(ActorKind.SERVICE),
            "override_reason",
        ),
        (lambda _, booked: change(booked, reservation_id=NOBODY), UnknownReservation(NOBODY), "reservation_id"),
        (lambda _, booked: change(booked, space_id=NOBODY), UnknownReservation(NOBODY), "reservation_id"),
        (lambda _, booked: change(booked, title="x", expected_version=7), StaleVersion(1), "expected_version"),
        (lambda _, booked: change(booked, start=booked.end), EmptyWindow(), "end"),
        (lambda _, booked: cancel(booked, reservation_id=NOBODY), UnknownReservation(NOBODY), "reservation_id"),
        (lambda _, booked: cancel(booked, space_id=NOBODY), UnknownReservation(NOBODY), "reservation_id"),
        (lambda _, booked: cancel(booked, expected_version=7), StaleVersion(1), "expected_version"),
        (
            lambda _, booked: cancel(booked, override_reason="Fair"),
            OverrideNotPermitted(ActorKind.SERVICE),
            "override_reason",
        ),
    ],
)
async def test_what_cannot_be_done_so_is_refused_in_the_words_of_the_api_and_changes_nothing(
    ledger: Ledger,
    database: str,
    asked: Callable[[Room, ReservationOut], Message],
    error: AnyCommandError,
    field: str,
) -> None:
    room = await ledger.room()
    async with replying(ledger, database) as asker:
        booked = await book(ledger, asker, room, window(9))
        reply = await ask(ledger, asker, asked(room, booked))

    told = problem_of(error, ())
    assert (reply.status, reply.detail) == (told.status_code, str(told.detail))
    assert [each.field for each in reply.errors] == [field]
    assert reply.alternatives is None
    assert await shown(ledger, booked.id) == booked
    assert await ledger.windows(room) == [window(9)]
