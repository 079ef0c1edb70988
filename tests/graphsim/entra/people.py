"""The people of the tenant who may sign in, and the app roles that each is assigned.

Source: https://learn.microsoft.com/en-us/entra/identity-platform/howto-add-app-roles-in-apps
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5


def object_id(address: str) -> str:
    """The object id of whoever has this address: the same in every token about them."""
    return str(uuid5(NAMESPACE_URL, f"mailto:{address.lower()}"))


@dataclass(frozen=True, slots=True)
class TenantUser:
    """Somebody with an account; `address` is their user principal name."""

    address: str
    name: str
    roles: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return object_id(self.address)


FIRST = (
    TenantUser("administrator@example.org", "Administrator", ("admin",)),
    TenantUser("approver@example.org", "Approver", ("approver",)),
    TenantUser("viewer@example.org", "Viewer", ("viewer",)),
    TenantUser("nobody@example.org", "Somebody without a role"),
)


class People:
    """Everybody who can be chosen on the login page, in its order."""

    def __init__(self) -> None:
        self.all: Sequence[TenantUser] = FIRST

    def reset(self) -> None:
        self.all = FIRST

    def find(self, address: str) -> TenantUser | None:
        return next((each for each in self.all if each.address.lower() == address.lower()), None)
