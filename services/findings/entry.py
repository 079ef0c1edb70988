"""What is said of a code."""

from dataclasses import dataclass

from services.findings.finding import FindingLevel


@dataclass(frozen=True, slots=True)
class FindingEntry:
    """What is said of a code. `ends` tells when the finding goes away, and is for the documentation alone."""

    level: FindingLevel
    finding: str
    why: str
    remedy: str
    ends: str
