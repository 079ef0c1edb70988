"""Who calls, in which app roles, and as what they act: the same for the API and for the console."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from enum import StrEnum

from libs.contracts.values import Actor, ActorKind
from services.policy.core.policies.policy import ROLES
from services.policy.core.policies.policy import Role as PolicyRole


class Role(StrEnum):
    """The app roles of Roomsync, as they stand in the `roles` claim."""

    VIEWER = "viewer"
    APPROVER = "approver"
    ADMIN = "admin"
    SERVICE = "service"


PEOPLE = frozenset({Role.VIEWER, Role.APPROVER, Role.ADMIN})
READERS = frozenset({Role.VIEWER, Role.APPROVER, Role.SERVICE, Role.ADMIN})
BOOKERS = frozenset({Role.SERVICE, Role.ADMIN})
DECIDERS = frozenset({Role.APPROVER, Role.ADMIN})
ADMINS = frozenset({Role.ADMIN})

_ACTS_AS = {
    Role.ADMIN: ActorKind.ADMINISTRATOR,
    Role.SERVICE: ActorKind.SERVICE,
    Role.APPROVER: ActorKind.APPROVER,
}
"""As which kind of actor the bearer of a role acts; the most powerful role first."""


class TokenRefused(Exception):
    """A token that does not count. The message is for our log; callers are told one constant sentence."""


class KeysUnavailable(Exception):
    """The issuer's keys could not be fetched and none is known, so no token can be checked; ask again later."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls. `id` is stable for one user or application of one tenant; `name` is for people."""

    id: str
    roles: frozenset[Role]
    name: str | None = None

    @property
    def actor(self) -> Actor:
        """In which capacity they act: in the most powerful of their roles."""
        kind = next((kind for role, kind in _ACTS_AS.items() if role in self.roles), ActorKind.UNKNOWN)
        return Actor(kind=kind, subject=self.id, name=self.name)

    @property
    def policy_roles(self) -> frozenset[PolicyRole]:
        """Their roles as policies name them."""
        return frozenset(each for each in ROLES if each in self.roles)

    def is_any_of(self, roles: AbstractSet[Role]) -> bool:
        """Whether they have one of these roles."""
        return not self.roles.isdisjoint(roles)
