"""Compare the series of a room calendar: from the listing alone where both sides agree, else by reading them.

A series that is as expected costs no call. Another costs the read of its master, and if that differs, one listing of
its dates: what policy is asked to decide about is always the series as a whole.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

from libs.common.together import together
from libs.contracts.keys import Key, MeetingKey
from libs.contracts.values import Meeting
from libs.graph.errors import UnreadableEvent
from libs.graph.types import Event
from services.reconciler.core.diff import compare_looked_up, compare_series, is_in_flight
from services.reconciler.core.drift import Drift, Duplicate
from services.reconciler.core.expectation import Expectation
from services.reconciler.core.held import compare_held, gather_held
from services.reconciler.core.series import Agreement, BookedSeries, compare_listed, compare_whole, gather_series
from services.reconciler.loops.reading import Calendar


@dataclass(frozen=True, slots=True)
class OneSeries:
    """What was found out about one series on the calendar; nothing is proved about one that is undecided."""

    key: Key
    drifts: Sequence[Drift] = ()
    is_undecided: bool = False
    is_unreadable: bool = False


@dataclass(frozen=True, slots=True)
class ListedSeries:
    """What was found out about the series of a listing, of which so many were read.

    `orphans` are listed dates whose masters are not there: each is an event of its own.
    """

    series: Sequence[OneSeries]
    orphans: Sequence[Event]
    read: int

    @property
    def keys(self) -> frozenset[Key]:
        """Return the keys of the series that are on the calendar."""
        return frozenset(each.key for each in self.series)

    @property
    def drifts(self) -> list[Drift]:
        """Return the drifts of all series."""
        return [drift for each in self.series for drift in each.drifts]

    @property
    def undecided(self) -> frozenset[Key]:
        """Return the keys of the series about which nothing is proved."""
        return frozenset(each.key for each in self.series if each.is_undecided)

    @property
    def unreadable(self) -> int:
        """Return how many series cannot be read as a whole."""
        return sum(each.is_unreadable for each in self.series)


@dataclass(frozen=True)
class SeriesComparer:
    """Compare the series of one room calendar with what is expected of it from `now` until the `horizon`."""

    space_id: UUID
    calendar: Calendar
    expected: Sequence[Expectation]
    now: datetime
    horizon: datetime

    @cached_property
    def booked(self) -> Mapping[str, BookedSeries]:
        """Return the series that are booked, by iCalUId."""
        return gather_series(self.expected)

    @cached_property
    def held(self) -> Mapping[UUID, BookedSeries]:
        """Return the recurring holds that are wanted, by group."""
        return gather_held(self.expected)

    async def compare(self, listed: Mapping[str, Sequence[Event]]) -> ListedSeries:
        """Compare the listed dates of series, given by the id of their master. Raises what the client raises."""
        by_event = {each.master.event_id: each for each in (*self.booked.values(), *self.held.values())}
        settled: list[OneSeries] = []
        to_read: dict[str, list[Meeting]] = {}
        for master_id, events in listed.items():
            dates = [Meeting.model_validate(each) for each in events]
            if not any(each.window.end > self.now and not each.is_cancelled for each in dates):
                continue
            series = by_event.get(master_id)
            agreement = self._compare_listed(series, dates)
            if series is None or agreement is Agreement.DIFFERS:
                to_read[master_id] = dates
            else:
                settled.append(OneSeries(series.master.key, is_undecided=agreement is Agreement.UNDECIDED))
        masters, gone = await self.calendar.masters(to_read)
        there = listed.keys()
        read = await together(self._compare_master(master, to_read[each], there) for each, master in masters.items())
        orphans = [each for master_id in sorted(gone) for each in listed[master_id]]
        return ListedSeries([*settled, *read], orphans, len(to_read))

    def is_missing(self, expected: Expectation) -> bool:
        """Whether something of which nothing is listed ought to be listed."""
        series = self._held_of(expected) or self._series_of(expected)
        if series is not None:
            return self._compare_listed(series, ()) is not Agreement.AGREES
        # An event later than the listing's end is not missing from it.
        return expected.starts_at < self.horizon

    def compare_looked_up(self, expected: Expectation, found: Meeting | None) -> list[Drift]:
        """Return how the outcome of a look-up differs from what is expected. A series was read as a whole."""
        held = self._held_of(expected)
        if found is not None and held is not None:
            return compare_held(held, found, self.now, self.horizon)
        if found is None or not found.is_series or expected.reservation_id is not None:
            return compare_looked_up(expected, found)
        series = self._series_of(expected)
        if series is not None:
            return compare_whole(series, found, self.now, self.horizon)
        return compare_series(self.space_id, self.expected, found, self.now)

    async def _compare_master(self, event: Event, dates: Sequence[Meeting], listed: Collection[str]) -> OneSeries:
        """Compare a series by its master, and read it as a whole if that, or a listed date, differs."""
        master = self.calendar.meeting(event)
        held = next((each for each in self.held.values() if each.master.is_hold(master)), None)
        if held is not None:
            return await self._compare_held(held, event, listed)
        key, series = MeetingKey(self.space_id, master.ical_uid), self.booked.get(master.ical_uid)
        agreement = self._compare_listed(series, dates)
        drifts = compare_series(self.space_id, self.expected, master, self.now)
        if agreement is not Agreement.DIFFERS and not drifts:
            is_undecided = agreement is Agreement.UNDECIDED or is_in_flight(self.expected, key, master, self.now)
            return OneSeries(key, is_undecided=is_undecided)
        try:
            whole = await self.calendar.whole(event)
        except UnreadableEvent:
            return OneSeries(key, is_undecided=True, is_unreadable=True)
        if series is None:
            found = compare_series(self.space_id, self.expected, whole, self.now)
            # A hold that nobody wants any more is known by what it was for.
            return OneSeries(found[0].key if found else key, found)
        if whole.is_unreadable:
            return OneSeries(key, is_undecided=True, is_unreadable=True)
        found = compare_whole(series, whole, self.now, self.horizon)
        return OneSeries(key, found, is_undecided=not found and series.is_awaited(self.now))

    async def _compare_held(self, held: BookedSeries, event: Event, listed: Collection[str]) -> OneSeries:
        """Compare an event that we made for a recurring hold: the one that is known, or a second one beside it."""
        key, known = held.master.key, held.master.event_id
        if held.is_awaited(self.now):
            return OneSeries(key, is_undecided=True)
        if known != event.event_id and known in listed:
            return OneSeries(key, [Duplicate(key, self.calendar.meeting(event))])
        try:
            whole = await self.calendar.whole(event)
        except UnreadableEvent:
            return OneSeries(key, is_undecided=True, is_unreadable=True)
        return OneSeries(key, compare_held(held, whole, self.now, self.horizon))

    def _compare_listed(self, series: BookedSeries | None, dates: Sequence[Meeting]) -> Agreement:
        if series is None:
            return Agreement.AGREES
        return compare_listed(series, dates, self.now, self.horizon)

    def _held_of(self, expected: Expectation) -> BookedSeries | None:
        return self.held.get(expected.group_id) if expected.group_id is not None and expected.held is not None else None

    def _series_of(self, expected: Expectation) -> BookedSeries | None:
        if not isinstance(expected.key, MeetingKey) or not expected.is_booked_series:
            return None
        return self.booked.get(expected.key.ical_uid)
