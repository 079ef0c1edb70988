"""The `clientState` of a subscription proves, without a query, that a notification is about a subscription of ours.

It is ``<space id>.<generation>.<HMAC-SHA256 of both>``, 128 characters at most. Secrets rotate: the first one signs,
and all of them verify.

Source: https://learn.microsoft.com/graph/api/resources/subscription (clientState)
"""

import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

LONGEST = 128


@dataclass(frozen=True, slots=True)
class SubscriptionIdentity:
    """What identifies a subscription: the space whose room it watches, and its generation."""

    space_id: UUID
    generation: int


def sign(secrets: Sequence[str], space_id: UUID, generation: int) -> str:
    """Return the clientState of one generation of a space's subscription."""
    return f"{space_id}.{generation}.{_mac(secrets[0], f'{space_id}.{generation}')}"


def verify(secrets: Sequence[str], client_state: object) -> SubscriptionIdentity | None:
    """Return which subscription this is; None if it is forged. A forgery takes the same time however close it is."""
    if not isinstance(client_state, str) or len(client_state) > LONGEST:
        return None
    claim, _, mac = client_state.rpartition(".")
    is_genuine = False
    for secret in secrets:
        is_genuine |= hmac.compare_digest(_mac(secret, claim).encode(), _bytes(mac))
    if not is_genuine:
        return None
    space_id, _, generation = claim.partition(".")
    return SubscriptionIdentity(UUID(space_id), int(generation))


def mark(secrets: Sequence[str], public_url: str) -> str:
    """Return a mark of the secret and address that a subscription is made with; renewing it changes neither."""
    return _mac(secrets[0], f"made under {public_url}")[:16]


def _mac(secret: str, claim: str) -> str:
    return hmac.new(secret.encode(), _bytes(claim), sha256).hexdigest()


def _bytes(text: str) -> bytes:
    # JSON may hold half a surrogate pair, which UTF-8 cannot encode.
    return text.encode(errors="surrogatepass")
