"""How long to wait before a room, a connection or a drift is looked at again. Durations in, durations out."""

from dataclasses import dataclass
from datetime import timedelta

CONFIRM_AFTER = timedelta(seconds=5)
LONGEST_SILENCE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often rooms are compared: usually, without a subscription, and while they cannot be reached.

    What cannot be reached is tried as often after a day as after a minute, so that no outage costs more than its own
    length and one such interval; a try is one call.
    """

    usual: timedelta
    polling: timedelta
    quarantined: timedelta

    def after_comparison(self, watch_state: str | None) -> timedelta:
        """Return how long until a room is compared again; a room without a subscription is compared more often."""
        return self.polling if watch_state == "polling" else self.usual

    def after_failure(self, failures: int) -> timedelta:
        """Return how long until a room is tried again that could not be reached `failures` times in a row.

        The first time soon, because a single refusal may be a moment's.
        """
        return self.quarantined if failures > 1 else min(CONFIRM_AFTER, self.quarantined)

    def of_asking(self, asks: int) -> timedelta:
        """Return how long until policy is asked again about a drift that has not changed since `asks` requests."""
        return min(self.usual * _doubled(asks), LONGEST_SILENCE)


def _doubled(times: int) -> int:
    return 1 << min(max(times - 1, 0), 16)
