"""Tell which holds cannot be on a calendar yet, so that they are created without a look.

A look before each write finds what an earlier write has left. For the first intent that outbound hears of under a key
there was none: no process has begun it, and policy knows of no event for it. If there is one all the same, because a
ledger was restored, Graph refuses to create a second one under the transaction id of the generation, and it is looked
for.

Source: https://learn.microsoft.com/graph/api/resources/event#properties (transactionId)
"""

from dataclasses import dataclass

from libs.contracts.intents import KeepHold
from libs.contracts.messages import IntentIssued


@dataclass(frozen=True, slots=True)
class Noted:
    """What outbound knows of a key: the newest generation, and whether it has just heard of the key for the first time.

    A message that is delivered again is not the first, whatever became of it before.
    """

    newest: int
    is_new: bool = False


def is_first_write(message: IntentIssued, noted: Noted) -> bool:
    """Whether an intent wants a hold that nobody can have written yet."""
    goal = message.intent
    return noted.is_new and message.generation == 1 and isinstance(goal, KeepHold) and goal.event_id is None
