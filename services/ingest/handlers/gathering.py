"""Have notifications about a recurring hold wait for those that follow, so that one read answers them all.

We write such a hold in several calls within a moment, an event and then its exceptions, and each brings notifications.
Nobody waits for what is observed of our own writes; what a person does to a hold is put back that moment later. Other
series are read at once, because their organizers wait for an answer.

Nothing is remembered here: the messages stay in their queue meanwhile, and each is answered by a read that began later.
"""

from libs.common.bus.port import Envelope, Gathering
from libs.common.codec import Codec, UnreadableMessage
from libs.contracts.messages import OutlookNotified

PAUSE_S = 0.5
"""Longer than all of a hold is written in, and shorter than what somebody notices."""


def gathering_holds(codec: Codec) -> Gathering:
    """Return how long notifications about holds that recur wait for others."""

    def is_of_hold(envelope: Envelope) -> bool:
        try:
            message = codec.message(envelope)
        except UnreadableMessage:
            return False
        return isinstance(message, OutlookNotified) and message.is_of_hold

    return Gathering(PAUSE_S, is_of_hold)
