"""Rules about how many people come, and who may book."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from services.policy.core.place import Place
from services.policy.core.policies.parameters import Addresses, Count, Domains
from services.policy.core.policies.phrases import say_people
from services.policy.core.policies.rule import Asked, Breach, Facet, Rule


class Capacity(Rule):
    """No more people come than the space holds, `margin` more at most, and `at_least` so many.

    People are the organizer and everybody invited who is not a resource.
    """

    kind: Literal["capacity"] = "capacity"
    margin: int = Field(
        0, strict=True, ge=0, le=10_000, description="How many more people than the capacity are let in."
    )
    at_least: Count | None = Field(
        None, description="The smallest number of people, itself allowed; any number, if left out."
    )

    looks_at: ClassVar = frozenset({Facet.PEOPLE})
    more_is_worse: ClassVar = True
    help: ClassVar = "Please choose a room of another size, or change how many people come."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find too many people, or too few."""
        most = asked.capacity + self.margin
        if asked.people > most:
            return Breach(limit=most, actual=asked.people)
        if self.at_least is not None and asked.people < self.at_least:
            return Breach(limit=self.at_least, actual=asked.people, about="at_least")
        return None

    def say(self, breach: Breach, place: Place) -> str:
        """Say how many people the space is for, and how many are expected."""
        expected = "1 is" if breach.actual == 1 else f"{breach.actual or 0:,} are"
        if breach.about == "at_least":
            return f"{place.called} is for {say_people(breach.limit or 0)} or more and {expected} expected."
        holds = f"{place.called} holds {say_people((breach.limit or 0) - self.margin)}"
        if not self.margin:
            return f"{holds} and {expected} expected."
        return f"{holds}, {self.margin:,} more {'is' if self.margin == 1 else 'are'} let in, and {expected} expected."

    def covers(self, other: Rule) -> bool:
        """Whether the other rule lets in no fewer people at both ends."""
        if not isinstance(other, Capacity):
            return False
        return self.margin <= other.margin and (self.at_least or 0) >= (other.at_least or 0)

    def is_eased(self, before: Breach, now: Breach) -> bool:
        """Whether too many became no more, or too few no fewer."""
        if before.about != now.about or before.actual is None or now.actual is None:
            return False
        return now.actual >= before.actual if now.about == "at_least" else now.actual <= before.actual


class WhoMayBook(Rule):
    """Only organizers of these domains and addresses book the space, and external ones as `external` says.

    External is whoever is outside the own domains of the space's connection; nobody is where it has none. Whoever is
    listed may book, external or not. A booking without an organizer is nobody's, and breaks the rule.
    """

    kind: Literal["who_may_book"] = "who_may_book"
    domains: Domains = Field((), description="Mail domains of which everybody may book; subdomains are others.")
    addresses: Addresses = Field(
        (), description="Mail addresses that may book besides. Without any domain or address, all internal ones may."
    )
    external: Literal["yes", "no", "approval"] = Field(
        "yes",
        description="Whether external organizers who are not listed may book: like everybody else, not at all, or "
        "where an administrator approves.",
    )

    looks_at: ClassVar = frozenset({Facet.ORGANIZER})
    help: ClassVar = "Please choose another room, or have somebody book it who may."

    @model_validator(mode="after")
    def _has_an_effect(self) -> "WhoMayBook":
        if not self.is_a_list and self.external == "yes":
            raise ValueError("domains or addresses are given, or external is no or approval")
        return self

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find an organizer who may not book, or only with approval."""
        if asked.organizer is not None and (asked.organizer in self.addresses or asked.domain in self.domains):
            return None
        if asked.organizer is not None and asked.is_external and self.external != "yes":
            return Breach(about="external", needs_approval=self.external == "approval")
        if self.is_a_list or asked.organizer is None:
            return Breach(about="listed" if asked.organizer is not None else "nobody")
        return None

    def say(self, breach: Breach, place: Place) -> str:
        """Say who may book the space. Who else may is nobody's business, so no address is named."""
        match breach.about:
            case "external" if breach.needs_approval:
                return f"An administrator has to approve bookings of {place.called} by people from outside."
            case "external":
                return f"{place.called} cannot be booked by people from outside."
            case "nobody":
                return f"{place.called} can only be booked by certain people, and this booking names no organizer."
            case _:
                return f"{place.called} can only be booked by certain people, and the organizer is not among them."

    def figures(self, breach: Breach) -> tuple[str | None, str | None]:
        """Return who may book, without naming anybody, and who asked."""
        limit = "own domains" if breach.about == "external" else "certain people"
        return limit, {"external": "external", "nobody": "no organizer"}.get(breach.about or "", "not listed")

    def covers(self, other: Rule) -> bool:
        """Whether whoever may book by this rule may by the other, too, and with no less approval.

        A list may name people from outside, so it does not cover a rule without one. Beside a list only `approval` lets
        in others.
        """
        if not isinstance(other, WhoMayBook) or self.is_a_list != other.is_a_list:
            return False
        if not self.is_a_list:
            order = ("yes", "approval", "no")
            return order.index(self.external) >= order.index(other.external)
        is_within = set(self.domains) <= set(other.domains) and set(self.addresses) <= set(other.addresses)
        return is_within and (self.external != "approval" or other.external == "approval")

    @property
    def is_a_list(self) -> bool:
        """Whether it names who may book."""
        return bool(self.domains or self.addresses)
