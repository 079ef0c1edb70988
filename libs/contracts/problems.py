"""What was wrong with a request, and what could be booked instead, as everybody is shown it: by HTTP and by message."""

from uuid import UUID

from pydantic import Field

from libs.contracts.fields import MomentOut
from libs.contracts.values import Value


class FieldProblem(Value):
    """One field of a request that cannot be used."""

    field: str = Field(description="Path of the field: `organizer.email`, `query.from`, `header.If-Match`.")
    problem: str = Field(description="What was wrong.")
    expected: str | None = Field(None, description="What would be right.")


class FreeWindow(Value):
    """When the space is free."""

    start: MomentOut
    end: MomentOut


class FreeSpaceOut(Value):
    """Another space, free at the time asked for and large enough."""

    space_id: UUID
    name: str
    capacity: int


class AlternativesOut(Value):
    """What could be booked instead.

    `next_free` is the next window of the same length, within a week of the one asked for, in which the space is free
    and its policies allow it; null where there is none, or where another time would not help. `spaces` are at most
    three, the best first.
    """

    next_free: FreeWindow | None
    spaces: list[FreeSpaceOut]
