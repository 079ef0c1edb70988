"""Entity tags: which version of a resource a change is meant for, and whether a reader has it as it is now.

A tag has the version, and behind a dash what the resource looked like: how a reservation stands in Outlook, or how a
mapping is doing, changes without a new version. A change is compared by the version alone. One rule: a change that
names a version happens only to that version.

Source: https://www.rfc-editor.org/rfc/rfc9110#name-conditional-requests
"""

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Annotated, Protocol

from fastapi import Depends, Header, Response

from services.policy.api.problems import MALFORMED, WEAK_ETAG, FieldProblem, Problem
from services.policy.commands.refusals import CHANGED, STALE

_TAGS = re.compile(r'\s*(W/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)')
_OURS = re.compile(r"(\d{1,9})(?:-[0-9a-f]{16})?", re.ASCII)
_HOW = 'an ETag as it was returned, in its quotes, such as "3"'


class Shown(Protocol):
    """A resource as an answer shows it."""

    @property
    def version(self) -> int: ...

    def model_dump_json(self) -> str:
        """Return the body of the answer."""
        ...


@dataclass(frozen=True, slots=True)
class EntityTag:
    """A tag as a caller sent it."""

    opaque: str
    is_weak: bool


@dataclass(frozen=True, slots=True)
class KnownTags:
    """The tags of what a reader has already; `is_any` if it wants nothing that exists."""

    tags: tuple[EntityTag, ...] = ()
    is_any: bool = False

    def include(self, tag: str) -> bool:
        """Whether the reader has the resource of this tag; a weak tag of it will do."""
        return self.is_any or any(f'"{each.opaque}"' == tag for each in self.tags)


def etag(shown: Shown) -> str:
    """Build the tag of a resource as it is shown."""
    digest = blake2b(shown.model_dump_json().encode(), digest_size=8).hexdigest()
    return f'"{shown.version}-{digest}"'


def answer_reader(shown: Shown, known: KnownTags) -> Response:
    """Answer with the resource, or that it is as the reader has it."""
    tag = etag(shown)
    if known.include(tag):
        return Response(status_code=304, headers={"ETag": tag})
    return Response(shown.model_dump_json(), 200, {"ETag": tag}, "application/json")


def stale(version: int | None = None) -> Problem:
    """Build the problem of a resource that is not at the version named; `version` is its current one, if known."""
    tag = f'"{version}"' if version is not None else None
    expected = f"If-Match: {tag}" if tag is not None else "the ETag of the resource as it is now"
    return Problem(
        STALE,
        CHANGED,
        errors=[FieldProblem(field="header.If-Match", problem="names another version", expected=expected)],
        headers={"ETag": tag} if tag is not None else None,
    )


def malformed(header: str, problem: str, expected: str, detail: str) -> Problem:
    """Build the problem of a header that cannot be understood."""
    return Problem(
        MALFORMED, detail, errors=[FieldProblem(field=f"header.{header}", problem=problem, expected=expected)]
    )


def _expected_version(
    if_match: Annotated[
        str | None,
        Header(description="ETag of the version the change is meant for; any version if left out, or *."),
    ] = None,
) -> int | None:
    """Read If-Match. Raises a problem for a tag that no version of ours can have, or that is no tag."""
    if if_match is None or if_match.strip() == "*":
        return None
    tags = _read_tags("If-Match", if_match)
    if len(tags) > 1:
        detail = "If-Match names several versions. Name the one that you read and mean to change."
        raise malformed("If-Match", "names several versions", _HOW, detail)
    if tags[0].is_weak:
        raise _weak()
    found = _OURS.fullmatch(tags[0].opaque)
    if found is None:
        raise stale()
    return int(found[1])


def _weak() -> Problem:
    """Build the problem of a weak tag in If-Match, which compares strongly, so that such a tag never matches."""
    return Problem(
        WEAK_ETAG,
        "A weak ETag, one that starts with W/, cannot be used in If-Match: it does not say which version you read. Our "
        "ETags are strong; send the one that was returned without the W/, which something on the way may have added.",
        errors=[FieldProblem(field="header.If-Match", problem="is a weak ETag", expected=_HOW)],
    )


def _known_tags(
    if_none_match: Annotated[
        str | None,
        Header(
            description="ETags of what you have already; the answer is 304 if the resource is still as one of them."
        ),
    ] = None,
) -> KnownTags:
    """Read If-None-Match. Raises a problem if it holds no tags."""
    if if_none_match is None:
        return KnownTags()
    if if_none_match.strip() == "*":
        return KnownTags(is_any=True)
    return KnownTags(_read_tags("If-None-Match", if_none_match))


def _read_tags(header: str, text: str) -> tuple[EntityTag, ...]:
    tags, place = [], 0
    while found := _TAGS.match(text, place):
        tags.append(EntityTag(found[2], found[1] is not None))
        place = found.end()
    if place < len(text) or not tags:
        detail = f"{header} cannot be read: an ETag stands in double quotes. Send it as it was returned."
        raise malformed(header, "is no ETag", _HOW, detail)
    return tuple(tags)


ExpectedVersion = Annotated[int | None, Depends(_expected_version)]
"""The version a change is meant for; None for any version."""

Known = Annotated[KnownTags, Depends(_known_tags)]
"""What a reader has already."""
