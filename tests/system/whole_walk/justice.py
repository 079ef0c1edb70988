"""Which refusals have a reason. Only where all was quiet before one deed alone is it known what was in its way."""

from collections.abc import Mapping, Sequence

from deploy.driver.eventually import expect
from deploy.driver.slots import Slot
from tests.system.series_walk.fairness import REFUSALS
from tests.system.series_walk.sides import AskedDate
from tests.system.whole_walk.office import WasRefused
from tests.system.whole_walk.reading import WholeRoom
from tests.system.whole_walk.rules import Rules


def check_refusal(refusal: WasRefused, before: WholeRoom, rules: Rules) -> None:
    """Check that a refusal by the API names the rules that are broken, and no other; that it is taken, if it is."""
    reasons: Sequence[Mapping[str, str]] = refusal.body.get("reasons") or ()
    for each in reasons:
        rule = each["rule"]
        if rule in {"opening_hours", "maximum_duration", "approval"}:
            expect(rule in rules.ever, f"{refusal}, and no such rule is set")
        if rule == "availability" and refusal.asked:
            held = [window for one in before.booked for window in one.windows]
            is_taken = any(_meet(asked, other) for asked in refusal.asked for other in [*held, *before.busy])
            expect(is_taken, f"{refusal}, and nothing is booked there")


def check_organizers_refusals(before: WholeRoom, after: WholeRoom, rules: Rules) -> None:
    """Check after one deed of an organizer that whatever is refused now, and was not, is taken or breaks a rule."""
    refused = [(key, each) for key, each in after.asked.items() if _is_newly_refused(each, before.asked.get(key))]
    asked_for = after.busy if any(each.group is not None and each.is_change for each in after.questions) else ()
    for series in {key.series for key, _ in refused}:
        windows = [each.window for key, each in refused if key.series == series]
        others = [
            window for each in after.booked if each.key is None or each.key.series != series for window in each.windows
        ]
        is_taken = any(_meet(one, other) for one in windows for other in [*others, *asked_for])
        breaks = any(rules.breaks(one) for one in windows)
        expect(is_taken or breaks, f"{windows} of ..{series[-6:]}: refused, and nothing is in the way")


def _is_newly_refused(now: AskedDate, was: AskedDate | None) -> bool:
    return now.answer in REFUSALS and (was is None or was.answer not in REFUSALS or was.window != now.window)


def _meet(one: Slot, other: Slot) -> bool:
    return one.start < other.end and other.start < one.end
