"""Forms as browsers send them: a small body of names and values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from fastapi import HTTPException, Request

MOST_BYTES = 65_536
MOST_FIELDS = 200

_NOT_OURS = "What was sent is not what a form of this page sends. Nothing was changed. Go back and use its buttons."
_TOO_LARGE = "What was sent is too large for a form of this page. Nothing was changed. Go back and write less."


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form; a name may have several values."""

    fields: Mapping[str, Sequence[str]]

    def all(self, name: str) -> Sequence[str]:
        """Return every value of a field."""
        return self.fields.get(name, ())

    def text(self, name: str) -> str | None:
        """Return what somebody wrote into a field, with the line ends of ours; None if that is nothing."""
        written = self.all(name)
        return (written[-1].replace("\r\n", "\n").strip() or None) if written else None


async def read_form(request: Request) -> Form:
    """Read the form that a request brings. Raises an error of the framework, which is shown as a page, if it has none.

    It is read here because the framework's own reader needs a package for bodies of files, which no form of ours has.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise HTTPException(415, _NOT_OURS)
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise HTTPException(413, _TOO_LARGE)
    try:
        return Form(parse_qs(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict"))
    except ValueError as error:
        raise HTTPException(400, _NOT_OURS) from error
