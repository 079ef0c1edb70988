"""What has to be true of one room once all sides are quiet, whoever did what before.

Each check is a claim that fails with a sentence.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import combinations, pairwise

from deploy.driver.eventually import expect
from deploy.driver.slots import Slot
from tests.system.series_walk.agreement import find_unanswered
from tests.system.series_walk.sides import AskedDate, DateKey, ShownDate, ShownHold
from tests.system.whole_walk.reading import LiveBooking, OpenQuestion, WholeRoom

TENTATIVE = "tentativelyAccepted"


def check_room(room: WholeRoom, taken_out: Collection[DateKey], overtaken: Collection[DateKey] = ()) -> None:
    """Check that all sides agree on everything; `taken_out` and `overtaken` as in `series_walk.agreement`."""
    _check_identities(room)
    unanswered = find_unanswered(room, overtaken)
    for key, asked in room.asked.items():
        booked = room.by_key.get(key)
        if key in unanswered:
            expect(booked is None, f"{key} went with its series, and is booked as {booked}")
            continue
        _check_asked(key, asked, room.shown.get(key), booked, room)
    for key in room.shown.keys() - room.asked.keys():
        raise AssertionError(f"{key} is on the room's calendar, and nobody asks for it")
    for each in room.booked:
        expect(each.outlook == "in_sync", f"{each} is {each.outlook} in Outlook")
        if each.key is not None and each.key not in room.asked:
            _check_kept(each.key, each, room, taken_out)
    _check_questions(room)
    _check_holds(room)
    _check_ledger(room.booked)
    _check_calendar(room)
    _check_availability(room)


def _check_identities(room: WholeRoom) -> None:
    for key, number in Counter(each.key for each in room.booked if each.key is not None).items():
        expect(number == 1, f"the ledger has {key} {number} times")


def _check_asked(
    key: DateKey, asked: AskedDate, shown: ShownDate | None, booked: LiveBooking | None, room: WholeRoom
) -> None:
    if shown is None:
        expect(asked.answer == "declined", f"{key} left the room's calendar, and its organizer sees {asked.answer}")
        expect(booked is None, f"{key} is declined, and booked as {booked}")
        return
    expect((shown.window, shown.title) == (asked.window, asked.title), f"{key} is asked as {asked}, shown as {shown}")
    expect(shown.answer == asked.answer, f"{key} is {shown.answer} to the room, {asked.answer} to its organizer")
    match shown.answer:
        case "accepted":
            if booked is None:
                raise AssertionError(f"{key} is accepted, and not booked")
            expect(booked.is_plain, f"{key} is accepted, and booked as {booked}")
            is_alike = (booked.window, booked.title) == (shown.window, shown.title)
            expect(is_alike, f"{key} is accepted as {shown}, booked as {booked}")
            expect(shown.shows_as == "busy", f"{key} is accepted, and shown as {shown.shows_as}")
        case "tentativelyAccepted":
            is_new = booked is None and room.masters.get(key.series) == TENTATIVE
            expect(is_new or booked is not None, f"{key} is answered tentatively, and nothing is kept of it")
            is_open = booked is None or not booked.is_plain or room.waits_to_change(booked)
            expect(is_open, f"{key} is answered tentatively, and booked as {booked}")
            if booked is not None:
                expect(booked.title == shown.title, f"{key} is kept as {booked}, and shown as {shown}")
                is_alike = not booked.is_pending or booked.window == shown.window
                expect(is_alike, f"{key} waits as {booked}, and is shown as {shown}")
        case _:
            raise AssertionError(f"{key} is {shown.answer} on the room's calendar")


def _check_kept(key: DateKey, booked: LiveBooking, room: WholeRoom, taken_out: Collection[DateKey]) -> None:
    """Check a booking whose date the organizer no longer asks for: only a change of its series that waits keeps it."""
    expect(key not in taken_out, f"{key} was taken away by its organizer, and is booked as {booked}")
    is_tentative = room.masters.get(key.series) == TENTATIVE
    expect(is_tentative, f"{key} is booked as {booked}, and nobody asks for it")
    is_kept = not booked.is_plain or room.waits_to_change(booked)
    expect(is_kept, f"{key} is kept as {booked}, and nothing says that it is to change")


def _check_questions(room: WholeRoom) -> None:
    """Check that nothing waits without a question, and that each question is about something that waits."""
    questions = {each.id: each for each in room.questions}
    for each in room.booked:
        about = [one for one in room.questions if one.reservation == each.id or (one.group and one.group == each.group)]
        if each.is_pending:
            expect(len(about) == 1, f"{each} waits, and {len(about)} questions are about it")
        if each.question is not None:
            expect(each.question in questions, f"{each} waits for a question that is closed")
    for question in room.questions:
        expect(_waits(question, room), f"{question} is open, and nothing waits for it")


def _waits(question: OpenQuestion, room: WholeRoom) -> bool:
    """Whether something waits for a question. Of a series' change, no date that is booked need be asked for."""
    return any(
        (each.is_pending and each.id == question.reservation)
        or each.question == question.id
        or (question.group is not None and each.group == question.group and (each.is_pending or question.is_change))
        for each in room.booked
    )


def _check_holds(room: WholeRoom) -> None:
    """Check that each time that no invitation shows has one hold, and that each hold stands for such a time."""
    found, wanted = Counter(room.holds), Counter[ShownHold]()
    for each in room.booked:
        shown = room.shown.get(each.key) if each.key is not None else None
        if shown is None or shown.window != each.window:
            wanted[ShownHold(each.window, each.title)] += 1
        if each.proposed is not None:
            wanted[ShownHold(each.proposed, each.title)] += 1
    spare = Counter(ShownHold(each.window, each.title) for each in room.booked if each.is_refused or each.requested)
    for hold, number in (wanted - found).items():
        raise AssertionError(f"{hold} is wanted, {number} more than the calendar has")
    for hold, number in (found - wanted - spare).items():
        raise AssertionError(f"{hold} is on the calendar, {number} more than is wanted")


def _check_ledger(booked: Sequence[LiveBooking]) -> None:
    """Check that no two bookings hold one time. A series keeps no change of its own from the time that it has."""
    for one, other in combinations(booked, 2):
        windows = [(first, second) for first in one.windows for second in other.windows]
        if one.group is not None and one.group == other.group and (one.requested or other.requested):
            windows = [(one.window, other.window)]
        for first, second in windows:
            is_apart = first.end <= second.start or second.end <= first.start
            expect(is_apart, f"the ledger holds {first} for {one}, and {second} for {other}")


def _blocked(room: WholeRoom) -> Iterator[Slot]:
    """Return each time that the room's calendar has, of what is booked or waits to be."""
    yield from (each.window for each in room.holds)
    for key, shown in room.shown.items():
        booked = room.by_key.get(key)
        if shown.answer == "accepted" or (booked is not None and booked.is_pending):
            yield shown.window


def _check_calendar(room: WholeRoom) -> None:
    """Check that no two things block one time of the room's calendar."""
    for first, second in pairwise(sorted(_blocked(room), key=lambda each: each.start)):
        expect(first.end <= second.start, f"Outlook holds {first} and {second}, which overlap")


def _check_availability(room: WholeRoom) -> None:
    """Check that what keeps others out is what the ledger shows. A series' change may ask for dates that nobody has."""
    busy = _joined(room.busy)
    shown = _joined([window for each in room.booked for window in each.windows])
    if any(each.group is not None and each.is_change for each in room.questions):
        for each in shown:
            expect(any(one.start <= each.start and each.end <= one.end for one in busy), f"{each} is not kept free")
        return
    expect(busy == shown, f"the room is busy {_in_words(busy)}, and the ledger has {_in_words(shown)}")


def _joined(windows: Sequence[Slot]) -> list[Slot]:
    joined: list[Slot] = []
    for each in sorted(windows, key=lambda one: one.start):
        if joined and each.start <= joined[-1].end:
            joined[-1] = Slot(joined[-1].start, max(joined[-1].end, each.end))
        else:
            joined.append(each)
    return joined


def _in_words(windows: Sequence[Slot]) -> str:
    return ", ".join(f"{each.start:%d %b} {each}" for each in windows) or "never"
