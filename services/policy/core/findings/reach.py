"""How a connection is doing as a whole: the worst of what is found about it, about its credentials and its rooms."""

from collections.abc import Iterable
from typing import Literal

from services.findings.finding import Finding, FindingCode, FindingLevel

ConnectionState = Literal["paused", "failing", "troubled", "untried", "works"]
"""From the worst on: left alone; without a credential that works; with something to mend; not reached yet; in order."""

_NO_CREDENTIAL = frozenset({FindingCode.CREDENTIAL_EXPIRED, FindingCode.CREDENTIAL_FAILS})


def state_of_connection(findings: Iterable[Finding], *, is_reached: bool) -> ConnectionState:
    """Return the worst that is known of a connection. `is_reached` says whether it was ever seen to work."""
    found = list(findings)
    codes = {each.code for each in found}
    if FindingCode.CONNECTION_PAUSED in codes:
        return "paused"
    if not codes.isdisjoint(_NO_CREDENTIAL):
        return "failing"
    if any(each.level != FindingLevel.INFO for each in found):
        return "troubled"
    return "works" if is_reached else "untried"
