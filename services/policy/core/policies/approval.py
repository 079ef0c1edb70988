"""The rule that an administrator has to approve a booking."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from libs.contracts.values import Value
from services.policy.core.place import Place
from services.policy.core.policies.parameters import Addresses, Count, Days, Flag, Minutes, SomeAddresses
from services.policy.core.policies.phrases import join_or, say_count, say_minutes, say_people
from services.policy.core.policies.rule import Asked, Breach, Facet, Rule


class ApprovalConditions(Value):
    """When an administrator has to approve: where any of these is so."""

    model_config = ConfigDict(extra="forbid")

    minutes_over: Minutes | None = Field(
        None, description="It lasts more than so many minutes; exactly as many need no approval."
    )
    people_over: Count | None = Field(
        None, description="More than so many people come; exactly as many need no approval."
    )
    days_ahead_over: Days | None = Field(
        None, description="It starts more than so many times 24 hours from now; exactly as many need no approval."
    )
    outside_opening_hours: Flag = Field(
        default=False, description="It breaks the `opening_hours` in force, whatever effect that has by itself."
    )
    external: Flag = Field(
        default=False, description="Its organizer is outside the own domains of the space's connection."
    )

    @model_validator(mode="after")
    def _names_some(self) -> "ApprovalConditions":
        if self == ApprovalConditions.model_construct():
            raise ValueError("At least one condition is given, such as minutes_over, or when is always or never")
        return self

    def find_met(self, asked: Asked) -> list[str]:
        """Name the conditions that are met."""
        ahead = asked.window.start - asked.now
        met = {
            "minutes_over": self.minutes_over is not None and asked.minutes > self.minutes_over,
            "people_over": self.people_over is not None and asked.people > self.people_over,
            "days_ahead_over": self.days_ahead_over is not None and ahead > timedelta(days=self.days_ahead_over),
            "outside_opening_hours": self.outside_opening_hours and asked.is_outside_hours,
            "external": self.external and asked.is_external,
        }
        return [name for name, is_met in met.items() if is_met]


FORMS = ("word", "conditions")
"""The forms that `when` is written in; validation errors name them where they name the field."""

When = Annotated[
    Annotated[Literal["always", "never"], Tag(FORMS[0])] | Annotated[ApprovalConditions, Tag(FORMS[1])],
    Discriminator(lambda written: FORMS[0] if isinstance(written, str) else FORMS[1]),
]


class Approval(Rule):
    """An administrator has to approve a booking: always, never, or where one of some conditions is met.

    `never`, attached to a group or a space, excepts it from a rule for more spaces. Whoever has the app role `approver`
    or `admin` may decide; a series is one question, with its dates. A change of what is booked is asked about as well,
    unless it asks for no more than was approved; the booking stays as it is meanwhile. So is a change of several dates
    of a series, as one question with these dates, and one by API of a meeting made in Outlook, which is moved after
    that. What cannot be asked about is refused: an organizer's change of a single booking into a series.
    `approvers` are mailed at once, and reminded at half of the time until the deadline; `stand_ins` are mailed at three
    quarters. The question shows who was mailed, and what became of it.
    """

    kind: Literal["approval"] = "approval"
    when: When = Field(
        description="Which bookings need approval: every one, none, or each that meets at least one condition."
    )
    approvers: SomeAddresses = Field(description="Mail addresses of those who are to decide, one for all.")
    mode: Literal["hold", "compete"] = Field(
        "hold",
        description="Whether what is asked for holds its time meanwhile, or others may ask for it too and one is "
        "picked: whatever is booked has its time, and those who compete for it are declined with alternatives. A "
        "series holds its dates in either mode.",
    )
    deadline_minutes: Minutes | None = Field(
        None, description="The deadline, in minutes after it was asked for; none of this sort, if left out."
    )
    before_start_minutes: Minutes | None = Field(
        None, description="The deadline, in minutes before the start; none of this sort, if left out."
    )
    at_deadline: Literal["reject", "approve", "leave"] = Field(
        "reject", description="What becomes of it at the deadline; `leave` has it wait on until somebody decides."
    )
    stand_ins: Addresses = Field(
        (),
        description="Mail addresses of those who are to decide besides when the deadline is near; nobody, if left out.",
    )

    looks_at: ClassVar = frozenset(Facet)
    help: ClassVar = "Please ask an administrator to book it, or choose another room."

    def find_breach(self, asked: Asked) -> Breach | None:
        """Find that an administrator has to approve, and why."""
        if self.when == "never":
            return None
        if self.when == "always":
            return Breach(about="always", needs_approval=True)
        met = self.when.find_met(asked)
        return Breach(about=",".join(met), needs_approval=True) if met else None

    def say(self, breach: Breach, place: Place) -> str:
        """Say that an administrator has to approve, and why."""
        about = (breach.about or "").split(",")
        if isinstance(self.when, str):
            return f"An administrator has to approve every booking of {place.called}."
        when = self.when
        says = {
            "minutes_over": f"of more than {say_minutes(when.minutes_over or 0)}",
            "people_over": f"for more than {say_people(when.people_over or 0)}",
            "days_ahead_over": f"more than {say_count(when.days_ahead_over or 0, 'day')} ahead",
            "outside_opening_hours": "outside its opening hours",
            "external": "by people from outside",
        }
        return f"An administrator has to approve bookings of {place.called} {join_or([says[each] for each in about])}."

    def figures(self, breach: Breach) -> tuple[str | None, str | None]:
        """Return what needs approval."""
        return None, breach.about
