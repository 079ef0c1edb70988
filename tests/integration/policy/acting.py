"""Who asks for what the tests ask for."""

from libs.contracts.values import Actor, ActorKind

ADMINISTRATOR = Actor(kind=ActorKind.ADMINISTRATOR, subject="tenant:grace", name="Grace")
CATERING = Actor(kind=ActorKind.SERVICE, subject="tenant:catering", name="Catering")
