"""ID tokens: they tell an application who signed in, and in which of its app roles.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/id-token-claims-reference
"""

from dataclasses import dataclass
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from tests.graphsim.entra.applications import TENANT_ID
from tests.graphsim.entra.authorization_codes import GrantedCode
from tests.graphsim.entra.tokens import LIFETIME_S, Entra


@dataclass(frozen=True, slots=True)
class IdTokenFlaws:
    """What is wrong with the ID tokens given out from now on; nothing by default."""

    key: Literal["own", "foreign"] = "own"
    audience: str | None = None
    tenant: str = TENANT_ID
    nonce: str | None = None
    expires_in: float = LIFETIME_S


def id_token(entra: Entra, granted: GrantedCode, flaws: IdTokenFlaws) -> str:
    """Sign an ID token for whoever signed in. `roles` is left out for somebody who has none, as Entra does."""
    person = granted.person
    claims: dict[str, object] = {
        "aud": flaws.audience or granted.client_id,
        "iss": f"{entra.origin}/{flaws.tenant}/v2.0",
        "tid": flaws.tenant,
        "oid": person.id,
        "sub": str(uuid5(NAMESPACE_URL, f"{granted.client_id}:{person.id}")),
        "name": person.name,
        "preferred_username": person.address,
        "sid": granted.session,
    }
    if person.roles:
        claims["roles"] = list(person.roles)
    if granted.nonce is not None:
        claims["nonce"] = flaws.nonce or granted.nonce
    return entra.sign(claims, expires_in=flaws.expires_in, is_foreign=flaws.key == "foreign")
