"""What the commands refuse reaches a caller as the right problem, whatever it is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args
from uuid import UUID

import pytest

from libs.contracts.values import ActorKind
from services.policy.api.translate import problem_of
from services.policy.commands.command_error import CommandError
from services.policy.commands.errors import (
    AnyCommandError,
    EmptyWindow,
    NotOfAGroup,
    NotOnTrial,
    OverrideNotPermitted,
    StaleVersion,
    TemplateRefused,
    UnusableComment,
    UnusableRecurrence,
    WindowTooFarAhead,
    WindowTooLong,
)
from services.policy.commands.import_errors import (
    MailboxNamedTwice,
    SpaceNamedTwice,
    SpaceNotMapped,
)
from services.policy.commands.space_errors import (
    ConnectionNameTaken,
    ConnectionNotNamed,
    ConnectionStillLeaving,
    ConnectionStillMapped,
    MailboxMappedElsewhere,
    MailboxStillClosing,
    NoTenantConnected,
    NothingToConnect,
    SamePolicy,
    SpaceGroupNameTaken,
    SpaceGroupStillRuled,
    SpaceStillMapped,
    SpaceStillPart,
    SpaceStillReserved,
)
from services.policy.commands.unknown import (
    UnknownApproval,
    UnknownConflict,
    UnknownConnection,
    UnknownImport,
    UnknownPart,
    UnknownPolicy,
    UnknownReservation,
    UnknownReservationGroup,
    UnknownSpace,
    UnknownSpaceGroup,
    UnknownTarget,
    UnknownWaitingRequest,
)
from services.policy.core.limits import FURTHEST_AHEAD, LONGEST_RESERVATION
from services.policy.store.closings import WouldEnd
from tests.unit.policy_api.test_too_late import TOO_LATE

ID = UUID("11111111-1111-4111-8111-111111111111")
IN_PATH = {"space_id", "reservation_id", "connection_id"}

NO_SPACE = "There is no space with this id. List them to see which there are."
NO_RESERVATION = "There is no reservation with this id. List them to see which there are."
NO_CONNECTION = "There is no connection with this id. List them to see which there are."
NO_APPROVAL = "There is no approval with this id. List them to see which there are."
NO_WAITING_REQUEST = "There is no waiting request with this id. List them to see which there are."
NO_GROUP = "There is no space group with this id. List them to see which there are."
NO_SERIES = "There is no reservation group with this id. List them to see which there are."
NO_IMPORT = "There is no import with this id. List them to see which there are."
NO_CONFLICT = (
    "There is no conflict with this id. It may have ended by itself, because one side was moved or cancelled. List the "
    "conflicts to see which there are."
)
NOT_MAPPED = (
    f"The space {ID} is mapped to no mailbox, so there is nothing to import. Map it, which begins an import by itself, "
    "or rehearse the mapping."
)
SPACE_TWICE = f"mappings names the space {ID} again: each space once."
MAILBOX_TWICE = "mappings names a@b.example again: each mailbox once: it has one space."
CHANGED = "Somebody changed this since you read it. Read it again, look at what changed, and repeat your change."
MAPPED = (
    f"This mailbox is mapped to the space Hall ({ID}). Unmap that one first, or take another mailbox: each space has a "
    "mailbox of its own."
)
NOT_PERMITTED = (
    "Only an administrator can allow a reservation to break a rule. Leave out override_reason to have it judged by the "
    "rules, or ask an administrator to make it."
)
ALIKE = (
    f"parameters are those of the policy {ID}, which is attached alike: other parameters, another attachment, or a "
    "change of that policy."
)
CLOSING = (
    f"This mailbox was that of the space Hall ({ID}), which was deleted, and the organizers of its meetings are being "
    "told. Try again in a minute, or take another mailbox."
)
NOT_ON_TRIAL = (
    "This policy is not on trial: its effect is deny, so what it did is in the decisions, which GET /v1/reservations "
    "shows. Only of a policy of effect shadow is told what it would have done."
)
NAMED = f"Another connection has this name ({ID}). Choose another name, or change that connection."

CASES: list[tuple[AnyCommandError, int, str, str, str]] = [
    (UnknownSpace(ID), 404, "not-found", "space_id", NO_SPACE),
    (UnknownPart(ID, 1), 404, "not-found", "parts.1", NO_SPACE),
    (UnknownReservation(ID), 404, "not-found", "reservation_id", NO_RESERVATION),
    (UnknownConnection("Contoso"), 404, "not-found", "connection", NO_CONNECTION),
    (UnknownReservationGroup(ID), 404, "not-found", "path.group_id", NO_SERIES),
    (UnknownApproval(ID), 404, "not-found", "path.approval_id", NO_APPROVAL),
    (UnknownWaitingRequest(ID), 404, "not-found", "path.request_id", NO_WAITING_REQUEST),
    (UnknownImport(ID), 404, "not-found", "path.import_id", NO_IMPORT),
    (UnknownConflict(ID), 404, "not-found", "path.conflict_id", NO_CONFLICT),
    (SpaceNotMapped(ID), 409, "conflict", "space_ids", NOT_MAPPED),
    (SpaceNamedTwice(ID), 422, "invalid-request", "mappings", SPACE_TWICE),
    (MailboxNamedTwice("a@b.example"), 422, "invalid-request", "mappings", MAILBOX_TWICE),
    (UnknownSpaceGroup(ID), 404, "not-found", "path.group_id", NO_GROUP),
    (UnknownSpaceGroup(ID, 1), 404, "not-found", "groups.1", NO_GROUP),
    (
        UnknownPolicy(ID),
        404,
        "not-found",
        "path.policy_id",
        "There is no policy with this id. List them to see which there are.",
    ),
    (
        UnknownTarget("group", ID),
        422,
        "invalid-request",
        "attach.id",
        "attach.id names no space group: the id of an existing space group.",
    ),
    (
        SamePolicy(ID),
        422,
        "invalid-request",
        "parameters",
        ALIKE,
    ),
    (StaleVersion(7), 412, "stale-version", "header.If-Match", CHANGED),
    (OverrideNotPermitted(ActorKind.SERVICE), 403, "forbidden", "override_reason", NOT_PERMITTED),
    (
        TemplateRefused("names subject on line 1, which this kind of answer does not have", "One of room, start"),
        422,
        "invalid-request",
        "template",
        "template names subject on line 1, which this kind of answer does not have: One of room, start.",
    ),
    (
        NotOfAGroup(ID),
        422,
        "invalid-request",
        "scope",
        "scope names several dates of a series: this, or no scope: the reservation is a single one.",
    ),
    (NotOnTrial("deny"), 409, "conflict", "path.policy_id", NOT_ON_TRIAL),
    (UnusableRecurrence("rrule", "Say how often."), 422, "invalid-request", "rrule", "Say how often."),
    (
        UnusableComment(),
        422,
        "invalid-request",
        "comment",
        "comment cannot be used: at most 2,000 characters, none of them a control character.",
    ),
    (
        EmptyWindow(),
        422,
        "invalid-request",
        "end",
        "end does not lie after start: an end later than the start; windows are half-open.",
    ),
    (
        WindowTooLong(LONGEST_RESERVATION),
        422,
        "invalid-request",
        "end",
        "end lies too long after start: a reservation of at most 366 days.",
    ),
    (
        WindowTooFarAhead("start", FURTHEST_AHEAD),
        422,
        "invalid-request",
        "start",
        "start lies too far ahead: a time within the next ten years.",
    ),
    (
        WindowTooFarAhead("end", FURTHEST_AHEAD),
        422,
        "invalid-request",
        "end",
        "end lies too far ahead: a time within the next ten years.",
    ),
    (MailboxMappedElsewhere(ID, "Hall"), 409, "conflict", "room_mailbox", MAPPED),
    (
        NothingToConnect(),
        422,
        "invalid-request",
        "connection",
        "connection goes with a room mailbox: room_mailbox beside it, or neither.",
    ),
    (
        NoTenantConnected(),
        422,
        "invalid-request",
        "room_mailbox",
        "room_mailbox cannot be reached yet: Connect a tenant first: POST /v1/connections.",
    ),
    (
        ConnectionNotNamed(),
        422,
        "invalid-request",
        "connection",
        "connection is missing: There are several connections: name the mailbox's own.",
    ),
    (
        MailboxStillClosing(ID, "Hall"),
        409,
        "conflict",
        "room_mailbox",
        CLOSING,
    ),
    (ConnectionNameTaken(ID), 409, "conflict", "name", NAMED),
    (
        SpaceGroupNameTaken(ID),
        409,
        "conflict",
        "name",
        f"Another group of spaces has this name ({ID}). Choose another name, or use that group.",
    ),
]

FIRST, LAST = datetime(2027, 3, 1, 23, 30, tzinfo=UTC), datetime(2027, 3, 31, 8, tzinfo=UTC)
ENDS = WouldEnd(reservations=1, told=1, first=FIRST, last=FIRST + timedelta(hours=1), time_zone="Europe/Berlin")
ENDING_ONE = (
    "This space has 1 reservation to come, from Tue 02 Mar 2027 to Tue 02 Mar 2027 (Europe/Berlin). Deleting it would "
    "cancel it, and a decline in Outlook would tell 1 organizer. Repeat this request with ?confirm=true to do that; "
    "GET /v1/reservations lists it."
)
ENDING_SOME = (
    "This space has 3 reservations to come, from Tue 02 Mar 2027 to Wed 31 Mar 2027 (Europe/Berlin). Deleting it would "
    "cancel them, and a decline in Outlook would tell 2 organizers. The mailbox hall@example.org would be unmapped. "
    "Repeat this request with ?confirm=true to do that; GET /v1/reservations lists them."
)

NEEDED: list[tuple[AnyCommandError, str]] = [
    (SpaceStillMapped("hall@example.org"), "PATCH it with room_mailbox null"),
    (SpaceStillMapped("hall@example.org"), "?confirm=true"),
    (SpaceStillReserved(ENDS, None), ENDING_ONE),
    (SpaceStillReserved(replace(ENDS, reservations=3, told=2, last=LAST), "hall@example.org"), ENDING_SOME),
    (SpaceStillPart(ID, "Hall"), f"The space Hall ({ID}) is made of this one."),
    (ConnectionStillMapped(3, ID, "Hall"), f"through this connection: 3, Hall ({ID}) among them."),
    (SpaceGroupStillRuled(2), "attached to this group: 2."),
    (ConnectionStillLeaving(4), "through this connection: 4."),
]


def raised_of(kind: type[CommandError]) -> set[type[CommandError]]:
    """Return the classes of a tree that have no subclasses: those that are raised."""
    below = kind.__subclasses__()
    return {found for each in below for found in raised_of(each)} if below else {kind}


@pytest.mark.parametrize(("error", "status", "slug", "field", "detail"), CASES, ids=lambda each: type(each).__name__)
def test_an_error_becomes_a_problem_that_names_the_field(
    error: AnyCommandError, status: int, slug: str, field: str, detail: str
) -> None:
    problem = problem_of(error, ())

    assert (problem.status_code, problem.kind.slug, problem.detail) == (status, slug, detail)
    assert [each.field for each in problem.errors] == [field]
    assert all(each.expected for each in problem.errors)


def test_every_error_that_a_command_may_raise_is_translated() -> None:
    in_tree = raised_of(CommandError)

    assert in_tree == set(get_args(AnyCommandError))
    assert in_tree == {type(error) for error, *_ in [*CASES, *NEEDED, *TOO_LATE]}


@pytest.mark.parametrize(("error", "said"), NEEDED, ids=lambda each: type(each).__name__)
def test_what_cannot_be_deleted_yet_says_why_and_what_to_do(error: AnyCommandError, said: str) -> None:
    problem = problem_of(error, IN_PATH)

    assert (problem.status_code, problem.kind.slug) == (409, "conflict")
    assert said in problem.detail


@pytest.mark.parametrize(
    ("error", "field"),
    [
        (UnknownSpace(ID), "path.space_id"),
        (UnknownReservation(ID), "path.reservation_id"),
        (UnknownConnection(ID), "path.connection_id"),
    ],
)
def test_an_unknown_id_that_the_address_gave_is_a_field_of_the_path(error: AnyCommandError, field: str) -> None:
    [named] = problem_of(error, IN_PATH).errors

    assert named.field == field


def test_a_stale_version_tells_the_one_that_counts_now() -> None:
    problem = problem_of(StaleVersion(7), IN_PATH)

    assert problem.headers == {"ETag": '"7"'}
    assert problem.errors[0].expected == 'If-Match: "7"'
