"""Names of single-value extended properties, such as `String {guid} Name Reservation`.

The type and the GUID compare without case, the name with it.

Source: https://learn.microsoft.com/en-us/graph/api/resources/extended-properties-overview
"""

import re

from tests.graphsim.refusals import CallRefused

BY_NAME = re.compile(r"(\w+)\s+\{([0-9a-f-]{36})\}\s+(Name|Id)\s+(\S.*)\Z", re.IGNORECASE)
BY_TAG = re.compile(r"(\w+)\s+(0x[0-9a-f]{2,4})\Z", re.IGNORECASE)


def canonical(name: str) -> str:
    """The one form of a property's id, in which it is stored and returned; what is no id is a 400."""
    text = name.strip()
    if match := BY_NAME.match(text):
        return f"{match[1].title()} {{{match[2].lower()}}} {match[3].title()} {match[4]}"
    if match := BY_TAG.match(text):
        return f"{match[1].title()} {match[2].lower()}"
    raise CallRefused(400, "ErrorInvalidProperty", f"The extended property id '{name}' is invalid.")
