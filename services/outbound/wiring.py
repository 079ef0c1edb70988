"""The outbound service put together: the only place that reads its settings and knows every part."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import structlog
from prometheus_client import Gauge

from libs.common.bus.port import Bus
from libs.common.codec import BusMessage
from libs.common.db import Connection
from libs.common.foundation import open_foundation
from libs.common.retention import forget_old
from libs.common.runtime import Service
from libs.common.topology import Lane
from libs.common.waiting import Remote
from libs.contracts.messages import IntentIssued, MailRequested, RetryRequested
from libs.graph.clients import ProcessLimits, open_clients
from libs.graph.shared_turns import Turns
from libs.graph.types import SeriesLimits
from libs.mail.session import Mailer
from services.access import retry_requested
from services.bus import codec
from services.outbound.handlers.access import on_retry_requested
from services.outbound.handlers.intents import IntentHandlers
from services.outbound.handlers.mails import MAIL_SERVER, MailHandlers
from services.outbound.settings import OutboundSettings
from services.outbound.store import intents, mail_setup, mails
from services.outbound.store.retention import RETENTIONS
from services.role import ServiceRole

AGE = Gauge("roomsync_intents_oldest_unsettled_seconds", "Age of the oldest intent that has not ended")
MAIL_AGE = Gauge("roomsync_mails_oldest_unsent_seconds", "Age of the oldest mail that has not ended for somebody")

log = structlog.get_logger()

REQUESTS_SHARE = 0.3
"""The part of a mailbox's requests in ten minutes that each lane may make; two replicas may serve the two lanes."""

TURNS = {Lane.LIVE: Turns.OWN, Lane.BULK: Turns.OWN_AND_SHARED}
"""The turns of a mailbox that each lane has: the bulk lane uses the reconciler's while that makes no call."""


@asynccontextmanager
async def open_service(settings: OutboundSettings, bus: Bus) -> AsyncIterator[Service]:
    """Open the database, Graph and the queues; close them in order."""
    async with open_foundation("outbound", settings, bus, codec(settings)) as outbound:
        waker = outbound.waker(_announce, settings.graph_retry_interval_s)
        series = SeriesLimits(settings.series_ahead, settings.series_occurrences)
        locks = await outbound.open_locks()
        for lane in Lane:
            # Each with limits of its own: a batch of the bulk lane has a turn of its mailbox for a second or two.
            limits = ProcessLimits(REQUESTS_SHARE, TURNS[lane], locks.take)
            clients = await outbound.open(open_clients(settings, limits, on_success=waker.worked))
            handlers = IntentHandlers(outbound.pool, clients, lane, series)
            await outbound.handle_at_least_once("outbound", {IntentIssued: handlers.on_intent_issued}, [lane], waker)
        mailer = _mailer(settings)
        async with outbound.pool.acquire() as conn:
            await mail_setup.record(conn, is_set_up=mailer is not None)
        mail = MailHandlers(outbound.pool, mailer, waker.worked)
        await outbound.handle_at_least_once("outbound-mail", {MailRequested: mail.on_mail_requested}, waker=waker)
        await outbound.handle_in_transaction("outbound-access", {RetryRequested: on_retry_requested})
        yield outbound.service(
            {
                "health": outbound.probes(settings.outbound_host, settings.outbound_port),
                "relay": outbound.relay(),
                "waking": waker.run,
                "ages": outbound.measure(_measure),
                "tidy": outbound.tidy(partial(forget_old, retentions=RETENTIONS)),
            }
        )


def _mailer(settings: OutboundSettings) -> Mailer | None:
    """Return what sends mail, or None if mail is not set up, which is said once."""
    if settings.mail_server is None or settings.sender is None:
        log.warning(
            "mail.not_set_up",
            reason="mail is not set up: nobody will be mailed; set ROOMSYNC_SMTP_URL and ROOMSYNC_MAIL_SENDER",
        )
        return None
    return Mailer(settings.mail_server, settings.sender, settings.smtp_timeout_s)


def _announce(target: Remote) -> BusMessage | None:
    """Tell other services of what was reached again; of the mail server, for which only this one waits, nobody."""
    return retry_requested(target) if target.realm != MAIL_SERVER else None


async def _measure(conn: Connection) -> None:
    """Measure the age of the oldest unsettled intent, and of the oldest unsent mail."""
    AGE.set(await intents.oldest_unsettled_s(conn))
    MAIL_AGE.set(await mails.oldest_unsent_s(conn))


ROLE = ServiceRole("outbound", OutboundSettings, open_service)
