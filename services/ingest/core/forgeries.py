"""Count notifications that name a subscription and do not prove that they are genuine, until the count is stored."""

from collections.abc import Iterable, Mapping

MOST_NAMED = 1_000
LONGEST_NAME = 64


class Forgeries:
    """A bounded tally by subscription id; names that nobody can have are not counted."""

    def __init__(self) -> None:
        self._counted: dict[str, int] = {}

    def count(self, subscription_ids: Iterable[str]) -> None:
        """Count a forged notification for each of these ids; an id too many is left out."""
        for each in subscription_ids:
            if each in self._counted or len(self._counted) < MOST_NAMED:
                self._counted[each] = self._counted.get(each, 0) + 1

    def take(self) -> Mapping[str, int]:
        """Return the tally, and begin a new one."""
        taken, self._counted = self._counted, {}
        return taken

    def give_back(self, taken: Mapping[str, int]) -> None:
        """Add a tally that could not be stored."""
        for name, count in taken.items():
            self.count([name] * min(count, MOST_NAMED))
