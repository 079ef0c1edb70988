"""What came of an examination, and what it means for whoever asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from services.findings.finding import Finding, FindingLevel

Verdict = Literal["well", "warnings", "errors", "could_not_look"]

EXIT_CODES: Mapping[Verdict, int] = {"well": 0, "warnings": 0, "errors": 1, "could_not_look": 2}


@dataclass(frozen=True, slots=True)
class DoctorReport:
    """What is wrong, the worst first; what could not be looked at and why; and what there is nothing to look at."""

    findings: Sequence[Finding]
    not_looked_at: Mapping[str, str] = field(default_factory=dict)
    not_set_up: Mapping[str, str] = field(default_factory=dict)
    looked_at: Sequence[str] = ()

    @property
    def verdict(self) -> Verdict:
        """Return the worst that can be said: that something is unknown is worse than any error that is known."""
        if self.not_looked_at:
            return "could_not_look"
        levels = {each.level for each in self.findings}
        if FindingLevel.ERROR in levels:
            return "errors"
        return "warnings" if FindingLevel.WARNING in levels else "well"

    @property
    def exit_code(self) -> int:
        """Return 0 without errors, 1 with some, 2 if something could not be looked at."""
        return EXIT_CODES[self.verdict]

    def as_json(self) -> dict[str, Any]:
        """Return the report for programs; findings have the shape of the API's."""
        return {
            "verdict": self.verdict,
            "findings": [each.model_dump(mode="json") for each in self.findings],
            "not_looked_at": [{"check": name, "why": why} for name, why in self.not_looked_at.items()],
            "not_set_up": [{"check": name, "why": why} for name, why in self.not_set_up.items()],
            "looked_at": list(self.looked_at),
        }
