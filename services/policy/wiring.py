"""The policy service put together: the only place that reads its settings and knows every part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from prometheus_client import Gauge
from starlette.types import ASGIApp

from libs.common.beside import Beside
from libs.common.bus.port import Bus
from libs.common.clock import utc_now
from libs.common.db import Connection
from libs.common.foundation import Foundation, open_foundation
from libs.common.retention import forget_old
from libs.common.runtime import Service, Task, http_task
from libs.contracts.messages import CorrectionRequested, DecideApproval, IntentSettled, MeetingObserved
from services.bus import codec
from services.policy.api.app import create_app
from services.policy.api.keys import open_keys
from services.policy.api.tokens import TokenVerifier, open_verifier
from services.policy.commands.findings import count_findings
from services.policy.commands.forgetting import forget_people
from services.policy.commands.work import RequestContext
from services.policy.console.addresses import CALLBACK, ROOT
from services.policy.console.app import NO_CONSOLE, create_console
from services.policy.console.changes import ReservationChanges
from services.policy.console.pages import ROUTERS
from services.policy.console.sign_in.entra import LoginService
from services.policy.console.sign_in.setup import SignIn
from services.policy.handlers.approvals import ApprovalHandlers
from services.policy.handlers.groups import GroupCommandHandlers
from services.policy.handlers.observations import ObservationHandlers
from services.policy.handlers.reservations import ReservationCommandHandlers
from services.policy.handlers.settlements import SettlementHandlers
from services.policy.loops.closings import ClosingLoop
from services.policy.loops.groups import GroupLoop
from services.policy.loops.imports import ImportLoop
from services.policy.loops.look_loop import LookLoop
from services.policy.loops.mailboxes import MailboxLoop
from services.policy.loops.proposals import ProposalLoop
from services.policy.loops.question_mails import QuestionMailLoop
from services.policy.loops.questions import QuestionLoop
from services.policy.loops.releases import ReleaseLoop
from services.policy.loops.replaced_holds import REPLACED_HOLDS
from services.policy.loops.roll_forward import ROLL_FORWARD
from services.policy.loops.settling import SETTLING
from services.policy.loops.waiting_lists import WaitingListLoop
from services.policy.settings import PolicySettings
from services.policy.store.retention import retentions
from services.role import ServiceRole

API_CONNECTIONS = 10

FINDINGS = Gauge(
    "roomsync_findings", "Findings that stand, by the code under which docs/findings.md tells of them", ["code"]
)


@asynccontextmanager
async def open_service(settings: PolicySettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database and the queues; close them in order."""
    async with open_foundation("policy", settings, bus, codec(settings)) as policy:
        verifier = await policy.open(open_verifier(settings, utc_now))
        pool, codecs, patience = policy.pool, policy.codec, settings.patience
        observations, settlements = ObservationHandlers(patience), SettlementHandlers(patience)
        await policy.handle_in_transaction(
            "policy",
            {
                MeetingObserved: observations.on_meeting_observed,
                CorrectionRequested: observations.on_correction_requested,
                IntentSettled: settlements.on_intent_settled,
                DecideApproval: ApprovalHandlers(patience).on_decide_approval,
            },
        )
        await policy.handle_in_turn(
            "policy-commands",
            {**ReservationCommandHandlers(patience).by_message, **GroupCommandHandlers(patience).by_message},
        )
        # People wait for the API: it has connections of its own, and loses patience sooner than handlers and loops do.
        api_pool = await policy.open_pool(max_size=API_CONNECTIONS, answers_within_s=settings.api_database_timeout_s)
        app = create_app(api_pool, codecs, verifier, utc_now, settings, patience=patience, checks=policy.checks)
        changes = ReservationChanges(policy.url)
        console = await _open_console(policy, settings, app.state.context, changes)
        tasks: dict[str, Task] = {
            "api": http_task(Beside(ROOT, console, app), host=settings.policy_host, port=settings.policy_port),
            "probes": policy.probes(settings.policy_probes_host, settings.policy_probes_port),
            "relay": policy.relay(),
            "parked": policy.measure_parked(),
            "findings": policy.measure(_measure),
            "mailboxes": MailboxLoop(pool, codecs, patience).run,
            "imports": ImportLoop(pool, codecs, patience).run,
            "tidy": policy.tidy(
                partial(forget_old, retentions=retentions(settings.history, settings.import_reports)),
                partial(forget_people, kept=settings.personal_data),
            ),
            "closings": ClosingLoop(pool, codecs).run,
            "proposals": ProposalLoop(pool, codecs, patience).run,
            "groups": GroupLoop(pool, codecs, patience).run,
            "questions": QuestionLoop(pool, codecs, patience).run,
            "question mails": QuestionMailLoop(pool, codecs, settings.links).run,
            "waiting_lists": WaitingListLoop(pool, codecs, patience).run,
            "releases": ReleaseLoop(pool, codecs, settings.kept_for, patience).run,
        }
        tasks |= {each.name: LookLoop(pool, codecs, each).run for each in (ROLL_FORWARD, SETTLING, REPLACED_HOLDS)}
        if console is not NO_CONSOLE:
            tasks["changes"] = changes.run
        yield policy.service(tasks)


async def _open_console(
    policy: Foundation, settings: PolicySettings, context: RequestContext, changes: ReservationChanges
) -> ASGIApp:
    """Build the console, if people can sign in to it; its sign-in has the keys of its own tenant."""
    authority, client_id, origin = settings.console_authority, settings.console_client_id, settings.console_url
    if authority is None or client_id is None or origin is None:
        return NO_CONSOLE
    keys = await policy.open(open_keys(f"{authority}/discovery/v2.0/keys", settings.api_ca_file, utc_now))
    login = LoginService(
        authority,
        client_id,
        f"{origin}{CALLBACK}",
        settings.console_credential,
        settings.secrets_dir,
        settings.api_ca_file,
    )
    verifier = TokenVerifier(keys, [f"{authority}/v2.0"], [client_id], utc_now)
    sign_in = SignIn(context, origin, login, verifier.caller, settings.console_idle, settings.console_session)
    return create_console(sign_in, policy.bus, changes, ROUTERS)


async def _measure(conn: Connection) -> None:
    """Count what is wrong."""
    for code, count in (await count_findings(conn)).items():
        FINDINGS.labels(code).set(count)


ROLE = ServiceRole("policy", PolicySettings, open_service)
