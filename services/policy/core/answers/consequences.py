"""Say what a change of the words of an answer means, before somebody makes it."""

from collections.abc import Sequence

from services.policy.core.naming import cut
from services.policy.core.policies.phrases import say_count


def say_where(rooms: int, connection: str) -> str:
    """Say whose answers have the words that are set for a connection through which so many spaces are mapped."""
    called = cut(connection)
    if not rooms:
        return f"No room is mapped through {called} yet; the answers of those that will be have these words."
    where = "the room that is" if rooms == 1 else f"the {say_count(rooms, 'room')} that are"
    return f"The answers of {where} mapped through {called} have these words."


SETTING: Sequence[str] = (
    "They are used for every answer of this kind that is written from then on. No answer that was given is changed.",
    "Nothing is decided differently by it: only what organizers read changes.",
    "Where the words cannot be used or say nothing, the default is said, and a finding tells why.",
)
"""What setting the words of an answer does."""

TAKING_BACK = "From then on, answers of this kind have the default words. No answer that was given is changed."
