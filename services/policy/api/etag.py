"""Versions of resources as entity tags.

A tag is the version in quotes; one without quotes is understood too. One rule: a change that names a version happens
only to that version.

Source: https://www.rfc-editor.org/rfc/rfc9110#name-if-match
"""

import re
from typing import Annotated

from fastapi import Depends, Header

from services.policy.api.problems import STALE, FieldProblem, Problem

_TAG = re.compile(r'("?)(\d{1,9})\1', re.ASCII)


def etag(version: int) -> str:
    """Build the tag of a version."""
    return f'"{version}"'


def stale(version: int | None = None) -> Problem:
    """Build the problem of a resource that is not at the version named; `version` is its current one, if known."""
    expected = f"If-Match: {etag(version)}" if version is not None else "the ETag of the resource as it is now"
    return Problem(
        STALE,
        "Somebody changed this since you read it. Read it again, look at what changed, and repeat your change.",
        errors=[FieldProblem(field="header.If-Match", problem="names another version", expected=expected)],
        headers={"ETag": etag(version)} if version is not None else None,
    )


def _expected_version(
    if_match: Annotated[
        str | None, Header(description="ETag of the version the change is meant for; any version if left out.")
    ] = None,
) -> int | None:
    """Read If-Match. Raises the stale-version problem for a tag that no version of ours can have."""
    if if_match is None or if_match.strip() == "*":
        return None
    tag = _TAG.fullmatch(if_match.strip())
    if tag is None:
        raise stale()
    return int(tag[2])


ExpectedVersion = Annotated[int | None, Depends(_expected_version)]
"""The version a change is meant for; None for any version."""
