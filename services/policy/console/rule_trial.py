"""What the page of a rule of effect `shadow` shows of its trial."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter

from libs.common.db import Connection
from services.policy.commands.cursors import cursor_at, read_cursor
from services.policy.commands.trials import ShownOnTrial, list_trial, sum_up_trial
from services.policy.console.listing import PAGE, address_of_list, split_page
from services.policy.console.sections import RULES
from services.policy.core.policies.parameters import Moment
from services.policy.core.policies.policy import Policy
from services.policy.core.trials import TrialSummary


@dataclass(frozen=True, slots=True)
class ShownTrial:
    """What a rule would have done: in figures, and a page of the requests that broke it, the latest first."""

    sum: TrialSummary
    requests: Sequence[ShownOnTrial]
    first: str
    next: str | None
    is_first: bool


async def read_trial(conn: Connection, policy: Policy, cursor: str | None) -> ShownTrial:
    """Read what a rule on trial would have done. Raises `NotACursor`."""
    before = read_cursor(cursor, TypeAdapter(Moment).validate_python) if cursor else None
    page, has_more = split_page(await list_trial(conn, policy, before, PAGE + 1))
    address = f"{RULES.address}/{policy.id}"
    more = cursor_at(*page[-1].place) if has_more else None
    return ShownTrial(
        sum=await sum_up_trial(conn, policy),
        requests=page,
        first=address,
        next=address_of_list(address, {}, more) if more else None,
        is_first=before is None,
    )
