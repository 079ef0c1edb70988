"""What a caller may ask of a subscription, read or refused as Graph would, before anybody's mailbox is looked at.

Source: https://learn.microsoft.com/en-us/graph/api/subscription-post-subscriptions
"""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote

from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.graph.times import moment
from tests.graphsim.refusals import CallRefused

# A name is a segment of the path, or a key in OData's parentheses, where an apostrophe is written twice.
SEGMENT = re.compile(r"/?users/([^/#()]+)/(?:calendar/)?events\Z", re.IGNORECASE)
KEY = re.compile(r"/?users\((?:'|%27)((?:[^/#'%]|''|%(?!27)|%27%27)+)(?:'|%27)\)/(?:calendar/)?events\Z", re.IGNORECASE)
CHANGES = frozenset({"created", "updated", "deleted"})
LEAST = timedelta(minutes=45)
REQUIRED = ("changeType", "notificationUrl", "resource", "expirationDateTime")
OPTIONAL = ("clientState", "lifecycleNotificationUrl", "latestSupportedTlsVersion")
TLS_VERSIONS = (None, "v1_0", "v1_1", "v1_2", "v1_3")


def check_types(body: Json) -> None:
    """Refuse what lacks a property, has one of another type, or asks for what is not done here."""
    missing = [name for name in REQUIRED if not isinstance(body.get(name), str)]
    missing += [name for name in OPTIONAL if not isinstance(body.get(name), str | None)]
    if missing:
        raise unreadable_subscription(f"Missing or of another type: {', '.join(missing)}.")
    if body.get("latestSupportedTlsVersion") not in TLS_VERSIONS:
        raise CallRefused(400, "InvalidRequest", "latestSupportedTlsVersion must be v1_0, v1_1, v1_2 or v1_3.")
    if body.get("includeResourceData"):
        raise CallRefused(400, "ExtensionError", "This simulator sends no resource data with notifications.")
    if len(body.get("clientState") or "") > 128:
        raise CallRefused(400, "InvalidRequest", "clientState must have at most 128 characters.")


def mailbox_named(resource: str) -> str:
    """The name in a resource, decoded once: the events of one mailbox, and nothing else, can be subscribed to.

    Source: https://docs.oasis-open.org/odata/odata/v4.01/odata-v4.01-part2-url-conventions.html (section 2)
    """
    if segment := SEGMENT.match(resource):
        return unquote(segment[1])
    if key := KEY.match(resource):
        return unquote(key[1]).replace("''", "'")
    raise CallRefused(400, "ExtensionError", f"The resource '{resource}' is not supported.")


def read_change_type(text: str) -> str:
    changes = [each.strip().lower() for each in text.split(",")]
    if not CHANGES.issuperset(changes):
        raise CallRefused(400, "InvalidRequest", f"The changeType '{text}' is not supported.")
    return ",".join(changes)


def read_address(name: str, url: object) -> str:
    if not isinstance(url, str) or not url.startswith("https://"):
        raise CallRefused(400, "InvalidRequest", f"{name} must be an HTTPS address.")
    return url


def read_expiration(text: object, now: datetime, longest: timedelta) -> datetime:
    """Less than 45 minutes becomes 45; more than the ceiling is refused, with its minutes named."""
    try:
        wanted = moment("expirationDateTime", str(text))
    except CallRefused as wrong:
        raise unreadable_subscription("expirationDateTime is no moment in time.") from wrong
    if wanted.tzinfo is None:
        raise unreadable_subscription("expirationDateTime has no time zone.")
    if wanted > now + longest:
        minutes = int(longest.total_seconds() // 60)
        raise CallRefused(
            400, "ExtensionError", f"Subscription expiration can only be {minutes} minutes in the future."
        )
    return max(wanted.astimezone(UTC), now + LEAST)


def unreadable_subscription(why: str) -> CallRefused:
    return CallRefused(400, "InvalidRequest", f"Could not process subscription creation payload. {why}")
