"""The tenant and the applications registered in it: ours, and Outlook, which acts for people."""

from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

TENANT_ID = "11111111-1111-4111-8111-111111111111"
CLIENT_ID = "22222222-2222-4222-8222-222222222222"
OUTLOOK_ID = "33333333-3333-4333-8333-333333333333"
NAMES = {CLIENT_ID: "roomsync", OUTLOOK_ID: "outlook"}


@dataclass(frozen=True, slots=True)
class App:
    """An application that calls Graph."""

    client_id: str
    name: str

    @property
    def is_outlook(self) -> bool:
        return self.client_id == OUTLOOK_ID


@dataclass(frozen=True, slots=True)
class Credentials:
    """What our application has registered: a secret, and a certificate in PEM (the key beside it is ignored)."""

    secret: str
    certificate: bytes


def principal_id(client_id: str) -> str:
    """The object id of an application's service principal."""
    return str(uuid5(NAMESPACE_URL, f"principal:{client_id}"))
