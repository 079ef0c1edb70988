"""Where something takes place, as sentences name it."""

from dataclasses import dataclass

from services.policy.core.naming import cut


@dataclass(frozen=True, slots=True)
class Place:
    """The space that a sentence is about, and the zone in which its people say the time."""

    name: str
    time_zone: str

    @property
    def called(self) -> str:
        """Return its name as sentences use it."""
        return cut(self.name)
