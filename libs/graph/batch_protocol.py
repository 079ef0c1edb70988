"""Build one call of several, and take its answer apart, without I/O.

The calls form a chain, each depending on the one before it: Graph then makes them one at a time, and makes none after
one that failed. Without a chain it makes four at a time.

Source: https://learn.microsoft.com/graph/json-batching,
https://learn.microsoft.com/graph/throttling-limits (Outlook service limits)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from libs.graph.protocol import Call
from libs.graph.vendor import Json

MOST = 20
"""The most calls that Graph takes in one batch."""

FAILED_DEPENDENCY = 424


class UnansweredPart(Enum):
    """Why there is no answer to a call of a batch."""

    NOT_MADE = auto()
    """A call before it failed, so that Graph did not make this one."""

    UNKNOWN = auto()
    """The batch was answered and this call was not: it may have been made."""


@dataclass(frozen=True, slots=True)
class PartAnswer:
    """The answer to one call of a batch: header names are written as in `Retry-After`, and `body` is any JSON."""

    status: int
    headers: Mapping[str, str]
    body: object


def join(calls: Sequence[tuple[Call, Mapping[str, str]]]) -> Call:
    """Build the batch of these calls, each with the headers that it would have alone.

    No header of the batch but `Authorization` reaches the calls in it.
    """
    requests = [_request(number, call, headers) for number, (call, headers) in enumerate(calls)]
    return Call("batch", "POST", "/$batch", body={"requests": requests}, is_repeatable=False)


def take_apart(answer: Json, count: int) -> list[PartAnswer | UnansweredPart]:
    """Return the answer to each of the calls of a batch, in their order.

    What cannot be told for certain, as a second answer to one call, is no answer.
    """
    responses = answer.get("responses")
    found: dict[str, PartAnswer | UnansweredPart] = {}
    for each in responses if isinstance(responses, list) else ():
        ident = each.get("id") if isinstance(each, dict) else None
        if isinstance(ident, str):
            found[ident] = UnansweredPart.UNKNOWN if ident in found else _part(each, is_first=ident == _ident(0))
    return [found.get(_ident(number), UnansweredPart.UNKNOWN) for number in range(count)]


def _ident(number: int) -> str:
    return str(number + 1)


def _request(number: int, call: Call, headers: Mapping[str, str]) -> Json:
    request: Json = {"id": _ident(number), "method": call.method, "url": call.url, "headers": dict(headers)}
    if call.body is not None:
        request["headers"]["Content-Type"] = "application/json"
        request["body"] = call.body
    if number > 0:
        request["dependsOn"] = [_ident(number - 1)]
    return request


def _part(response: Json, *, is_first: bool) -> PartAnswer | UnansweredPart:
    """Read one response. The first call depends on none: that it failed with another is an answer like any."""
    status, headers = response.get("status"), response.get("headers")
    if type(status) is not int:
        return UnansweredPart.UNKNOWN
    if status == FAILED_DEPENDENCY and not is_first:
        return UnansweredPart.NOT_MADE
    named = {name.title(): str(value) for name, value in headers.items()} if isinstance(headers, dict) else {}
    return PartAnswer(status, named, response.get("body"))
