"""Tell two recurrences apart, the same everywhere: what was decided about one counts for no other."""

import json
from collections.abc import Mapping
from typing import Any


def pattern_of(recurrence: Mapping[str, Any], time_zone: str) -> str:
    """Return a recurrence as Graph has it, with the zone of its dates, as a text to be compared and nothing else."""
    return json.dumps([recurrence, time_zone], sort_keys=True)
