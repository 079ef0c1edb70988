"""Read what Graph says when it refuses a subscription. Both facts are in the text only, not in a field."""

import re

SHORTEST_MIN = 45
"""Graph raises anything shorter to this. Source: https://learn.microsoft.com/graph/api/resources/subscription"""

_MINUTES = re.compile(r"(\d{2,6})\s+minutes")
_TWIN = re.compile(r"Subscription Id <?([0-9a-f]{8}-[0-9a-f-]{27})>?", re.IGNORECASE)


def granted_minutes(refusal: str, asked: int) -> int | None:
    """Return the lifetime in minutes that a refusal names, if it is shorter than what was asked for.

    The documented maximum and the one enforced differ, and both have changed over the years, so the number in the
    error is the only one to be trusted. Source: https://learn.microsoft.com/graph/api/resources/subscription
    """
    found = _MINUTES.search(refusal)
    minutes = int(found.group(1)) if found else asked
    return minutes if SHORTEST_MIN <= minutes < asked else None


def twin_named(refusal: str) -> str | None:
    """Return the id of the subscription that exists already, according to a refusal.

    Source: https://learn.microsoft.com/graph/change-notifications-delivery-webhooks#create-a-subscription
    """
    found = _TWIN.search(refusal)
    return found.group(1) if found else None
