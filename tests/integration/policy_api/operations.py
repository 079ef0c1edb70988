"""The operations of the API, so that each of them is a test of its own, with a time limit of its own."""

import json
from dataclasses import dataclass
from pathlib import Path

_DESCRIPTION = Path(__file__).parents[3] / "docs" / "openapi.json"
"""What the API serves, as `test_every_operation_is_asked` makes sure."""


@dataclass(frozen=True)
class Operation:
    """One operation: the method in small letters, the path with its placeholders, the refusals that it lists."""

    method: str
    path: str
    refusals: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def described(description: dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]) -> list[Operation]:
    """Return the operations of an OpenAPI description, in its order."""
    return [
        Operation(method, path, frozenset(status for status in operation["responses"] if status >= "400"))
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    ]


OPERATIONS = described(json.loads(_DESCRIPTION.read_text(encoding="utf-8")))
