"""Ledger rows and meetings that show only what a test is about."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from libs.contracts.intents import KeepHold
from libs.contracts.keys import Key, MeetingKey, ReservationKey
from libs.contracts.values import (
    Answer,
    Meeting,
    Observation,
    Occurrence,
    Outcome,
    Person,
    Reason,
    SeriesListing,
    Window,
)
from services.policy.core.alternatives import Alternatives, would_another_time_help
from services.policy.core.availability import Taken
from services.policy.core.case import Case
from services.policy.core.changes import Change, Decision, NoteMeeting, Record, Save, Want
from services.policy.core.decide import decide
from services.policy.core.explanations import BrokenRule, Explanation, SlotTaken
from services.policy.core.goals import GiveAnswer, Goal
from services.policy.core.ledger import Judged, KnownIntent, KnownMeeting, RefusedRequest, Reservation, Slice
from services.policy.core.letters import write_letter
from services.policy.core.notices import Written
from services.policy.core.place import Place
from services.policy.core.policies.people import Capacity
from services.policy.core.policies.policy import Attachment, Policy
from services.policy.core.policies.rule import Breach
from services.policy.core.policies.series import Series
from services.policy.core.request import Request
from services.policy.core.space import Space
from services.policy.core.standing import Standing
from services.policy.core.suggestions import suggest_time
from services.policy.core.wording import state_reason

NOW = datetime(2027, 3, 1, 8, 0, tzinfo=UTC)
SPACE = UUID(int=1)
RESERVATION = UUID(int=2)
OTHER = UUID(int=3)
NEW = UUID(int=4)
UID = "uid-1"
KEY = MeetingKey(SPACE, UID)
HOLD = ReservationKey(SPACE, RESERVATION)
ROOM = "room@example.org"
CAPACITY = Policy(id=UUID(int=5), version=1, rule=Capacity(), attach=Attachment(scope="all"))
"""The policy that every ledger begins with."""

NO_SERIES = Policy(id=UUID(int=8), version=1, rule=Series(allowed=False), attach=Attachment(scope="all"))

ADA = Person(address="Ada@example.org", name="Ada")


def window(hours_from_now: float, minutes: int = 60) -> Window:
    start = NOW + timedelta(hours=hours_from_now)
    return Window(start=start, end=start + timedelta(minutes=minutes))


BOOKED = window(24)
ELSEWHEN = window(48)


def space(**different: Any) -> Space:
    usual: dict[str, Any] = {
        "id": SPACE,
        "part_ids": (SPACE,),
        "name": "Aurora",
        "capacity": 8,
        "time_zone": "Europe/Berlin",
        "setup": timedelta(0),
        "cleanup": timedelta(0),
        "room_mailbox": ROOM,
        "connection_id": UUID(int=9),
        "mapped_at": NOW - timedelta(days=1),
        "edits_organizer_events": False,
        "refused_edit": "decline",
    }
    return Space(**usual | different)


def meeting(at: Window = BOOKED, **different: Any) -> Meeting:
    usual: dict[str, Any] = {
        "event_id": "event-1",
        "ical_uid": UID,
        "start": at.start,
        "end": at.end,
        "subject": "Planning",
        "organizer": ADA,
        "answer": "notResponded",
    }
    return Meeting(**usual | different)


def recurring(at: Window = BOOKED, dates: int = 4, *, moved: Mapping[int, Window] = {}, **different: Any) -> Meeting:
    """Make a weekly series of that many dates, of which some were moved, as exceptions."""
    master = meeting(at, is_series=True, **{"time_zone": "Europe/Berlin"} | different)
    occurrences = [_occurrence(number, at, moved.get(number), master) for number in range(dates)]
    limits = {"type": "numbered", "numberOfOccurrences": dates, "startDate": at.start.date().isoformat()}
    pattern = {"type": "weekly", "interval": 1, "daysOfWeek": [at.start.strftime("%A").lower()]}
    listing = SeriesListing(
        recurrence={"pattern": pattern, "range": limits}, time_zone="Europe/Berlin", occurrences=tuple(occurrences)
    )
    return master.model_copy(update={"series": listing})


def weekly(number: int, at: Window = BOOKED) -> Window:
    """Return the time of a date of a weekly series."""
    later = timedelta(days=7 * number)
    return Window(start=at.start + later, end=at.end + later)


def _occurrence(number: int, at: Window, moved_to: Window | None, master: Meeting) -> Occurrence:
    planned = weekly(number, at)
    shown = moved_to or planned
    return Occurrence(
        original_date=planned.start.date(),
        event_id=f"event-1-{number}",
        start=shown.start,
        end=shown.end,
        answer=master.answer if moved_to is None else Answer.NOT_RESPONDED,
        shows_as=master.shows_as,
        is_exception=moved_to is not None,
        subject=master.subject,
    )


def judged(at: Window = BOOKED, **different: Any) -> Judged:
    return Judged(**{"window": at, "organizer": "ada@example.org", "people": 1, **different})


def reservation(at: Window = BOOKED, **different: Any) -> Reservation:
    usual: dict[str, Any] = {
        "id": RESERVATION,
        "space_id": SPACE,
        "group_id": None,
        "status": "confirmed",
        "starts_at": at.start,
        "ends_at": at.end,
        "time_zone": "Europe/Berlin",
        "title": "Planning",
        "is_private": False,
        "organizer_name": "Ada",
        "organizer_address": "ada@example.org",
        "attendee_count": 1,
        "origin": "outlook",
        "outcome": Outcome.ACCEPT,
        "reasons": (),
        "warnings": (),
        "policies": (),
        "ical_uid": UID,
        "original_date": None,
        "kept_without_invitation": False,
        "refused_request": None,
        "proposed_change": None,
        "moving_from": None,
        "has_successor": False,
        "yields": False,
        "version": 1,
        "created_at": NOW - timedelta(days=1),
        "updated_at": NOW - timedelta(days=1),
    }
    return Reservation(**usual | different)


def refused_request(asked: Window = ELSEWHEN, **different: Any) -> RefusedRequest:
    usual: dict[str, Any] = {
        "window": asked,
        "people": 1,
        "reasons": (SlotTaken(reserved=asked, is_private=False, title="Board", organizer="Ben"),),
        "at": NOW - timedelta(hours=2),
    }
    return RefusedRequest(**usual | different)


def known(at: Window = BOOKED, **different: Any) -> KnownMeeting:
    usual: dict[str, Any] = {
        "room_mailbox": ROOM,
        "event_id": "event-1",
        "last_observed_at": NOW - timedelta(minutes=10),
        "is_present": True,
        "judged": judged(at),
        "standing": Standing.ACCEPTED,
        "shown_answer": "accepted",
        "moved_back_from": None,
        "reservation_id": RESERVATION,
        "pending_look": None,
    }
    return KnownMeeting(**usual | different)


def answer(verdict: str = "accepted", at: Window = BOOKED, **different: Any) -> GiveAnswer:
    usual: dict[str, Any] = {
        "ical_uid": UID,
        "event_id": "event-1",
        "answer": verdict,
        "notice": Written(text="Because."),
        "judged": at,
    }
    return GiveAnswer(**usual | different)


def hold(at: Window = BOOKED, **different: Any) -> KeepHold:
    usual: dict[str, Any] = {"reservation_id": RESERVATION, "window": at, "time_zone": "Europe/Berlin"}
    return KeepHold(**{**usual, "subject": "Planning", **different})


def intent(wanted: Goal, **different: Any) -> KnownIntent:
    """Make an intent that was written ten minutes ago, and seen."""
    usual: dict[str, Any] = {
        "key": KEY if wanted.want in {"answer", "move_back"} else HOLD,
        "generation": 1,
        "wanted": wanted,
        "state": "written",
        "awaited_until": None,
        "settled_at": NOW - timedelta(minutes=10),
        "wanted_since": 1,
        "written_generation": 1,
        "event_id": None,
        "ical_uid": None,
        "reservation_id": RESERVATION,
    }
    return KnownIntent(**usual | different)


def in_flight(wanted: Goal, **different: Any) -> KnownIntent:
    return intent(
        wanted,
        **{
            "state": "issued",
            "settled_at": None,
            "written_generation": None,
            "awaited_until": NOW + timedelta(seconds=30),
        }
        | different,
    )


def taken(at: Window = BOOKED, **different: Any) -> Taken:
    usual: dict[str, Any] = {
        "reservation_id": OTHER,
        "starts_at": at.start,
        "ends_at": at.end,
        "title": "Board",
        "is_private": False,
        "organizer_name": "Ben",
        "reserved_from": at.start,
        "reserved_until": at.end,
        "part_ids": {SPACE},
        "yields": False,
    }
    return Taken(**usual | different)


def ledger(**different: Any) -> Slice:
    """Make the slice of a space in which nothing is known or taken, with the policy that is there from the start."""
    usual: dict[str, Any] = {
        "now": NOW,
        "space": space(),
        "meeting": None,
        "reservation": None,
        "intent": None,
        "hold": None,
        "taken": (),
        "policies": (CAPACITY,),
    }
    return Slice(**usual | different)


def booked(**different: Any) -> Slice:
    """Make the slice of a meeting that was accepted and shows it."""
    usual = {"meeting": known(), "reservation": reservation(), "intent": intent(answer())}
    return ledger(**usual | {"taken": (taken(reservation_id=RESERVATION),)} | different)


def declined(**different: Any) -> Slice:
    """Make the slice of a request that was declined, with the copy still there."""
    usual = {
        "meeting": known(standing=Standing.DECLINED),
        "reservation": reservation(status="declined", outcome=Outcome.DECLINE),
        "intent": intent(answer("declined")),
        "taken": (taken(),),
    }
    return ledger(**usual | different)


def kept(at: Window = BOOKED, refused: Window = ELSEWHEN, **different: Any) -> Slice:
    """Make the slice of a refused edit: declined at `refused`, held at `at`, the copy gone."""
    usual = {
        "meeting": known(refused, standing=Standing.DECLINED, is_present=False, event_id=None, shown_answer=None),
        "reservation": reservation(at, kept_without_invitation=True, refused_request=refused_request(refused)),
        "intent": intent(answer("declined", refused)),
        "hold": intent(hold(at), event_id="hold-1", ical_uid="uid-hold"),
        "taken": (taken(at, reservation_id=RESERVATION), taken(refused)),
    }
    return ledger(**usual | different)


def observation(seen: Meeting | None, at: datetime = NOW, ical_uid: str = UID, room_mailbox: str = ROOM) -> Observation:
    return Observation(
        space_id=SPACE,
        room_mailbox=room_mailbox,
        ical_uid=seen.ical_uid if seen is not None else ical_uid,
        observed_at=at,
        meeting=seen,
    )


def decided(slice_: Slice, seen: Meeting | None, at: datetime = NOW, **different: Any) -> Decision:
    hold_of, look_id = different.pop("hold_of", None), different.pop("look_id", None)
    about = {name: different.pop(name) for name in ("settling", "swapped_with") if name in different}
    return decide(Case(observation(seen, at, **different), slice_, NEW, hold_of, look_id=look_id, **about))


def saved(decision: Decision) -> list[Reservation]:
    return [each.reservation for each in decision.changes if isinstance(each, Save)]


def wants(decision: Decision) -> dict[Key, Goal]:
    return {each.key: each.goal for each in decision.changes if isinstance(each, Want)}


def noted(decision: Decision) -> KnownMeeting:
    [note] = [each.meeting for each in decision.changes if isinstance(each, NoteMeeting)]
    return note


def recorded(decision: Decision) -> list[Record]:
    return [each for each in decision.changes if isinstance(each, Record)]


def beside_notes(decision: Decision) -> list[Change]:
    return [each for each in decision.changes if not isinstance(each, NoteMeeting)]


def answered(decision: Decision) -> GiveAnswer:
    goal = wants(decision)[KEY]
    assert isinstance(goal, GiveAnswer)
    return goal


def letter(decision: Decision, slice_: Slice) -> str:
    """Return what the organizer reads."""
    return written(answered(decision), slice_)


def written(goal: GiveAnswer, slice_: Slice) -> str:
    """Put an answer into words, with the next time that the slice has for what was asked."""
    live, reasons = slice_.live, getattr(goal.notice, "reasons", ())
    wish = Request(goal.judged, 1, "ada@example.org", own=live.id if live is not None else None)
    helps = would_another_time_help(reasons)
    return write_letter(goal, slice_, Alternatives(suggest_time(wish, slice_) if helps else None)).text


def crowded(most: int, people: int) -> BrokenRule:
    """Make the explanation that more people come than a space holds."""
    breach = Breach(limit=most, actual=people)
    return BrokenRule(policy_id=CAPACITY.id, version=1, effect="deny", rule=CAPACITY.rule, breach=breach)


def stated(reasons: Iterable[Explanation], room: Space | None = None) -> list[Reason]:
    """Put reasons into words."""
    place = Place((room or space()).name, (room or space()).time_zone)
    return [state_reason(each, place) for each in reasons]


def rules_of(reasons: Iterable[Explanation]) -> list[str]:
    return [each.rule for each in stated(reasons)]
