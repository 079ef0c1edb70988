"""Wait until both sides show what they should; a look that fails says what was there instead.

Looks are named as claims in the past tense. They read the ledger through the API, Outlook through Graph, and the mail
through the simulator.
"""

from collections.abc import Sequence

import aiohttp

from deploy.driver.administrator import window_of
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import WITHIN_S, eventually, expect, throughout
from deploy.driver.http import Json, RequestRefused
from deploy.driver.mailbox import when_of
from deploy.driver.outlook_user import OutlookUser
from deploy.driver.recurrences import weekly
from deploy.driver.slots import Slot, weeks

LIVE = ("pending", "confirmed")


async def booked(cast: Cast, room: BookableRoom, *windows: Slot, within_s: float = WITHIN_S) -> list[Json]:
    """Wait until the ledger has confirmed exactly these windows, and return their reservations by start."""
    wanted = [("confirmed", each) for each in sorted(windows, key=lambda each: each.start)]

    async def look() -> list[Json]:
        found = await cast.administrator.reservations(room.space, *LIVE)
        held = [(each["status"], window_of(each)) for each in found]
        expect(held == wanted, f"the ledger has {_in_words(held)}, not {_in_words(wanted)}")
        return found

    return await eventually(look, within_s=within_s)


async def declined(cast: Cast, room: BookableRoom) -> Json:
    """Wait for the one declined reservation of a room, and return it."""
    return await _only(cast, room, "declined")


async def cancelled(cast: Cast, room: BookableRoom) -> Json:
    """Wait for the one cancelled reservation of a room, and return it."""
    return await _only(cast, room, "cancelled")


async def asked(cast: Cast, room: BookableRoom, *windows: Slot) -> list[Json]:
    """Wait until administrators are asked about exactly these windows of a room; return the questions by start."""
    wanted = sorted(windows, key=lambda each: each.start)

    async def look() -> list[Json]:
        found = await cast.administrator.questions(room.space, "pending")
        found.sort(key=lambda each: str(each["asked"]["start"]))
        held = [window_of(each["asked"]) for each in found]
        expect(held == wanted, f"administrators are asked about {held}, not {wanted}")
        return found

    return await eventually(look)


async def answered(
    user: OutlookUser, event: Json, room: BookableRoom, answer: str, *, within_s: float = WITHIN_S
) -> None:
    """Wait until the organizer's event shows this answer of the room."""

    async def look() -> None:
        shown = await user.answer_of(room.calendar, event)
        expect(shown == answer, f"Outlook shows {shown}, not {answer}")

    await eventually(look, within_s=within_s)


async def accepted_meeting(user: OutlookUser, room: BookableRoom, when: Slot, subject: str = "Planning") -> Json:
    """Invite a room, wait until it is shown as accepted, and return the organizer's event."""
    event = await user.invite(subject, when, room.calendar)
    await answered(user, event, room, "accepted")
    return event


async def accepted_series(
    cast: Cast, room: BookableRoom, when: Slot, dates: int, *, other: Slot | None = None
) -> tuple[OutlookUser, Json]:
    """Invite a room to a weekly series, beside another meeting of the room, and wait until each date is booked.

    Returns the organizer, and the organizer's event.
    """
    user = await cast.user("ada")
    event = await user.invite_series("Planning", when, weekly(when.start.date()).times(dates), room.calendar)
    await answered(user, event, room, "accepted")
    await booked(cast, room, *weeks(when, dates), *([other] if other is not None else []))
    return user, event


async def group_of(cast: Cast, room: BookableRoom) -> Json:
    """Return the one series that is, or was, booked in a room."""
    found = (await cast.administrator.api.get(f"/v1/reservation-groups?space_id={room.space['id']}"))["items"]
    expect(len(found) == 1, f"the room has {len(found)} series")
    group: Json = found[0]
    return group


async def all_answered(
    users: Sequence[OutlookUser], events: Sequence[Json], room: BookableRoom, *, within_s: float = WITHIN_S
) -> list[str]:
    """Wait until each user's event shows whether the room comes, and return the answers in that order."""

    async def look() -> list[str]:
        answers = [await user.answer_of(room.calendar, event) for user, event in zip(users, events, strict=True)]
        missing = len(answers) - answers.count("accepted") - answers.count("declined")
        expect(missing == 0, f"{missing} are neither accepted nor declined")
        return answers

    return await eventually(look, within_s=within_s)


async def moved_back(user: OutlookUser, event: Json, when: Slot, *, within_s: float = WITHIN_S) -> None:
    """Wait until the organizer's event is at its former time again."""

    async def look() -> None:
        shown = when_of(await user.event(event))
        expect(shown == when, f"the meeting is at {shown}, not at {when} again")

    await eventually(look, within_s=within_s)


async def mailed(cast: Cast, user: OutlookUser, room: BookableRoom, answers: Sequence[str]) -> list[Json]:
    """Wait until the room has mailed somebody exactly these answers, in this order, and return the mails."""

    async def look() -> list[Json]:
        mails = await cast.tenant.answer_mails(user, room.calendar)
        given = [mail["response"] for mail in mails]
        expect(given == list(answers), f"the room mailed {given}, not {list(answers)}")
        return mails

    return await eventually(look)


async def answered_once(cast: Cast, user: OutlookUser, room: BookableRoom, *, seconds: float) -> None:
    """Check for this time that an acceptance is mailed at most once, and written once."""

    async def look() -> None:
        given = await cast.tenant.answers(user, room.calendar)
        expect(given in ([], ["accepted"]), f"the room mailed {given}")
        writes = await cast.tenant.writes(room.calendar)
        expect(len(writes) == 1, f"the room was written to {len(writes)} times")

    await throughout(look, seconds=seconds)


async def blocked(room: BookableRoom, when: Slot, *, within_s: float = WITHIN_S) -> None:
    """Wait until Outlook's free/busy keeps others out of that time."""
    await _shown(room, when, "busy", within_s)


async def unblocked(room: BookableRoom, when: Slot) -> None:
    """Wait until Outlook's free/busy shows that time as free."""
    await _shown(room, when, "free", WITHIN_S)


async def ready(cast: Cast, *, within_s: float = WITHIN_S) -> None:
    """Wait until the API takes requests, after its process was killed."""

    async def look() -> None:
        try:
            await cast.administrator.api.get("/readyz")
        except (aiohttp.ClientError, RequestRefused) as problem:
            raise AssertionError(str(problem)) from problem

    await eventually(look, within_s=within_s)


async def _only(cast: Cast, room: BookableRoom, status: str) -> Json:
    async def look() -> Json:
        found = await cast.administrator.reservations(room.space, status)
        expect(len(found) == 1, f"{len(found)} reservations are {status}, not one")
        return found[0]

    return await eventually(look)


async def _shown(room: BookableRoom, when: Slot, how: str, within_s: float) -> None:
    async def look() -> None:
        shown = await room.calendar.shows_as(when)
        expect(shown == how, f"free/busy shows {shown} for {when}, not {how}")

    await eventually(look, within_s=within_s)


def _in_words(held: Sequence[tuple[str, Slot]]) -> str:
    return ", ".join(f"{when} {status}" for status, when in held) or "nothing"
