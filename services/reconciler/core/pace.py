"""How long to wait before a room, a connection or a drift is looked at again. Durations in, durations out."""

from dataclasses import dataclass
from datetime import timedelta

LONGEST_PAUSE = timedelta(minutes=15)
LONGEST_SILENCE = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Pace:
    """How often rooms are compared: usually, without a subscription, and in quarantine."""

    usual: timedelta
    polling: timedelta
    quarantined: timedelta

    def after_comparison(self, watch_state: str | None) -> timedelta:
        """Return how long until a room is compared again; a room without a subscription is compared more often."""
        return self.polling if watch_state == "polling" else self.usual

    def of_pause(self, times: int) -> timedelta:
        """Return how long to pause a connection that failed `times` times in a row."""
        return min(self.usual * _doubled(times), LONGEST_PAUSE)

    def of_asking(self, asks: int) -> timedelta:
        """Return how long until policy is asked again about a drift that has not changed since `asks` requests."""
        return min(self.usual * _doubled(asks), LONGEST_SILENCE)


def _doubled(times: int) -> int:
    return 1 << min(max(times - 1, 0), 16)
