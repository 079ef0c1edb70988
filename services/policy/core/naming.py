"""How texts name spaces and people: on one line, and no longer than a sentence can bear."""

LONGEST_NAME = 60


def cut(name: str) -> str:
    """Return a name on one line; one that is too long for a sentence ends in an ellipsis."""
    line = " ".join(name.split())
    return line if len(line) <= LONGEST_NAME else f"{line[: LONGEST_NAME - 1].rstrip()}…"


def as_sentence(remark: str) -> str:
    """Return what somebody remarked so that another sentence can follow it."""
    said = remark.strip()
    return said if said.endswith((".", "!", "?", "…")) else f"{said}."
