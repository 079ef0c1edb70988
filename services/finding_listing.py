"""Describe every finding for those who mend it, as `docs/findings.md`. The registry is the only source."""

from collections.abc import Iterator

from services.findings.finding import FindingCode
from services.findings.registry import REGISTRY

HEAD = """\
# Findings

<!-- Made from the code by: make documents -->

What is wrong and can be mended, each kind with a code that keeps its meaning. The same is told by

* `GET /v1/findings`, by `level`, `code` and `space_id`;
* `roomsync findings`, with `--json` for programs;
* the metric `roomsync_findings`, which counts what stands by `code`: alert on the codes of the level `error`;
* `roomsync doctor`, which looks at the whole installation and finds more: it alone tells the codes from RS201 on.

A finding stands as long as what was found is so, and goes away by itself once it is mended. `since` is when it began to
be so, whoever looked first. The level says how bad it is:

* `error`: something does not work until somebody acts;
* `warning`: it works, but worse than it could;
* `info`: good to know, and nothing has to be done now.

What the doctor alone finds is known only when it looks, so its `since` is the time of the look where nobody knows
better.

`roomsync doctor` says one line when all is well. It ends with 0 without errors, with 1 if it found some, and with 2
if there is something that it could not look at. `--json` prints `{verdict, findings, not_looked_at, not_set_up,
looked_at}`, with findings as the API has them; `--offline` looks at the settings alone; `--redact` puts pseudonyms in
place of names and addresses; `--list` lists the codes. It changes nothing: whether a calendar can be written to is
learned by asking to change nothing of an event that does not exist, which is refused to whoever may not write and
answered "not found" to whoever may. Whether a mailbox answers by itself cannot be read by Graph; it is found once it
did (RS105).

Words in braces stand for what is filled in.

| code | level | what was found |
|---|---|---|
"""


def findings_page() -> str:
    """Return the page."""
    lines = [HEAD.rstrip(), *map(_row, FindingCode)]
    return "\n".join([*lines, *(line for code in FindingCode for line in _section(code))]) + "\n"


def _row(code: FindingCode) -> str:
    entry = REGISTRY[code]
    return f"| [{code}](#{code.lower()}) | {entry.level} | {entry.finding} |"


def _section(code: FindingCode) -> Iterator[str]:
    entry = REGISTRY[code]
    yield from ("", f"## {code}", "", f"*{entry.level}*: {entry.finding}", "")
    yield from (f"**Why it matters.** {entry.why}", "", f"**What mends it.** {entry.remedy}", "")
    yield entry.ends
