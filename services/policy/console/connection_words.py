"""The names of what connections are made of, as the console's lists and forms show them."""

from collections.abc import Mapping

from services.policy.core.findings.facts import CredentialKind
from services.policy.core.findings.reach import ConnectionState

CLOUD_NAMES = {
    "global": "Microsoft 365",
    "us_gov": "Microsoft 365 for US Government (GCC High)",
    "us_dod": "Microsoft 365 for the US Department of Defense",
    "china": "Microsoft 365 operated by 21Vianet",
    "simulator": "The simulator",
}

CREDENTIAL_NAMES: Mapping[CredentialKind | None, str] = {
    "workload_identity": "Workload identity",
    "certificate": "Certificate",
    "secret": "Secret",
    None: "Not read yet",
}

STATE_NAMES: Mapping[ConnectionState, str] = {
    "paused": "Paused",
    "failing": "Does not work",
    "troubled": "Needs attention",
    "untried": "Not reached yet",
    "works": "Works",
}

REFUSED_EDIT_NAMES = {"propose_original": "Propose the original time", "decline": "Decline, and keep the room"}
CONFLICT_DETAIL_NAMES = {"organizer": "Who and when", "time": "Only when"}
FIELD_LABELS = {
    "name": "Name",
    "cloud": "Cloud",
    "tenant_id": "Tenant",
    "client_id": "Application (client) id",
    "credential": "First credential",
    "second_credential": "Second credential",
    "own_domains": "Own domains",
    "conflict_detail": "What is told of who has the room",
    "edits_organizer_events": "Organizers' own events may be edited",
    "refused_edit": "Changes that are refused",
}

NOT_SHOWN_AGAIN = (
    "What was written there is not shown again, in case it was a secret, and was not saved. A secret belongs into the "
    "file of a credential, and nowhere else."
)
