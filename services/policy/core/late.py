"""Tell which cancellations came too late, by the policies of kind `change_cut_off`."""

from services.policy.core.explanations import BrokenRule, Explanation
from services.policy.core.policies.dates import ChangeCutOff


def is_late_cancellation(why: Explanation) -> bool:
    """Whether an explanation says that a cancellation came too late."""
    return isinstance(why, BrokenRule) and isinstance(why.rule, ChangeCutOff) and why.breach.about == "cancel"
