"""Put the checks together that can be made from here, run them, and report.

What the ledger knows is read first, because it says whom to ask about what; then everything is looked at side by side.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

from libs.common.wrong_settings import WrongSettings, read_settings
from libs.graph.clients import GraphClients, ProcessLimits, open_clients
from libs.graph.cloud import cloud_of
from libs.graph.errors import UnusableConnection
from services.bus import topology
from services.doctor.check import Check, CouldNotLook, Look, NotSetUp
from services.doctor.checks.broker import look_at_broker
from services.doctor.checks.connection import look_at_connection, look_at_scope
from services.doctor.checks.database import look_at_database
from services.doctor.checks.mail import look_at_mail_server
from services.doctor.checks.mailboxes import MailboxLook
from services.doctor.checks.rooms import judge_rooms
from services.doctor.checks.settings import look_at_settings
from services.doctor.checks.webhook import look_at_webhook
from services.doctor.examine import examine
from services.doctor.installation import KnownInstallation, read_known, tenancy
from services.doctor.names import known_names, own_names, secret_of
from services.doctor.redact import Redaction, redaction
from services.doctor.report import DoctorReport
from services.doctor.settings import DoctorMailSettings, DoctorSettings
from services.findings.finding import Finding, FindingCode
from services.ingest.store.subscriptions import ShownSubscription
from services.policy.store.connections import ConnectionRow
from services.schemas import BUS_SCHEMA, SCHEMAS
from services.settings_of_roles import SETTINGS

SHARE = 0.1
"""The part of each mailbox's requests that a look may make; the services have the rest."""

Advance = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class WantedLook:
    """What to look at: settings alone if `offline`; only one connection and its rooms if it is named.

    Rooms are looked at for `within_s` at most, and without that for as long as Microsoft answers.
    """

    offline: bool = False
    connection: str | None = None
    within_s: float | None = None


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A report, and what hides its names from strangers."""

    report: DoctorReport
    redaction: Redaction


async def look(wanted: WantedLook, advance: Advance = lambda _done, _of: None) -> LookedAt:
    """Look at the installation and report; `advance` is told how many looks are done, and of how many."""
    settings_check = Check("the settings", lambda: look_at_settings(SETTINGS))
    try:
        settings = read_settings(DoctorSettings)
    except WrongSettings:
        report = await examine([settings_check])
        unread = {"everything else": "The settings are wrong; mend them first."}
        return LookedAt(replace(report, not_looked_at={**report.not_looked_at, **unread}), redaction("", ()))
    if wanted.offline:
        return LookedAt(await examine([settings_check]), redaction(secret_of(settings), own_names(settings)))
    async with AsyncExitStack() as stack:
        known, subscriptions, unknown = await read_known(settings)
        clients = await stack.enter_async_context(open_clients(settings, ProcessLimits(SHARE)))
        looking = _Looking(settings, clients, known, subscriptions, unknown, wanted)
        if wanted.connection is not None:
            checks = list(looking.of_connections())
        else:
            checks = [settings_check, *looking.of_ours(), *looking.of_connections()]
        looking.expect(len(checks), advance)
        report = await examine(checks, lambda _: looking.advance())
        names = [*own_names(settings), *known_names(known)]
    return LookedAt(_without_repeats(report), redaction(secret_of(settings), names))


class _Looking:
    """The checks of one look, and how many of its steps are done."""

    def __init__(
        self,
        settings: DoctorSettings,
        clients: GraphClients,
        known: KnownInstallation | None,
        subscriptions: Sequence[ShownSubscription],
        unknown: str,
        wanted: WantedLook,
    ) -> None:
        self._settings = settings
        self._clients = clients
        self._known = known
        self._subscriptions = subscriptions
        self._unknown = unknown
        self._wanted = wanted
        self._done = 0
        self._all = 0
        self._tell: Advance = lambda _done, _of: None

    def expect(self, checks: int, tell: Advance) -> None:
        """Say how many checks there are; each room is a step of its own."""
        rooms = sum(len(self._known.rooms_of(each.id)) for each in self._connections()) if self._known else 0
        self._all, self._tell = checks + rooms, tell
        tell(0, self._all)

    def advance(self) -> None:
        """One step is done."""
        self._done += 1
        self._tell(min(self._done, self._all), self._all)

    def of_ours(self) -> Iterator[Check]:
        """Yield the checks of what is ours: database, broker, webhook, mail server, and what the services know."""
        settings = self._settings
        yield Check("the database", self._database)
        yield Check("the broker", self._broker)
        yield Check("the webhook", self._webhook)
        yield Check("the mail server", _mail_server)
        yield Check("what the services know", _known_or(self._known, self._unknown, self._standing))
        interval = timedelta(seconds=settings.sweep_interval_s)
        rooms = _known_or(
            self._known, self._unknown, lambda known: list(judge_rooms(known, self._subscriptions, interval))
        )
        yield Check("subscriptions and comparisons", rooms)

    def of_connections(self) -> Iterator[Check]:
        """Yield the checks of each connection and of its rooms."""
        if self._known is None:
            yield Check("the connections", _known_or(None, self._unknown, lambda _: []))
            return
        found = self._connections()
        if self._wanted.connection is not None and not found:
            yield Check("the connection", _raise(CouldNotLook(f"No connection is called {self._wanted.connection!r}.")))
        for each in found:
            yield from self._of_connection(each, self._known)

    def _connections(self) -> list[ConnectionRow]:
        wanted = self._wanted.connection
        every = self._known.connections if self._known is not None else []
        return [each for each in every if wanted in {None, each.name, str(each.id)}]

    def _of_connection(self, connection: ConnectionRow, known: KnownInstallation) -> Iterator[Check]:
        name = f"the connection {connection.name}"
        try:
            cloud = cloud_of(tenancy(connection), self._settings)
        except UnusableConnection as error:
            yield Check(name, _raise(CouldNotLook(str(error))))
            return
        if self._settings.secrets_dir is None:
            yield Check(name, _raise(NotSetUp("ROOMSYNC_SECRETS_DIR, which has its credential, is not set here")))
            return
        named = self._settings.doctor_outsider
        outsiders = [named] if named else known.outsiders.get(connection.id, ())
        rooms = known.rooms_of(connection.id)
        subscriptions = {each.space_id: each for each in self._subscriptions}
        mailboxes = MailboxLook(connection, self._clients.of(tenancy(connection)), rooms, subscriptions)
        yield Check(name, lambda: look_at_connection(connection, self._clients, cloud), within_s=45)
        yield Check(
            f"the scope of {name}",
            lambda: look_at_scope(connection, self._clients, outsiders, is_named=named is not None),
            within_s=45,
        )
        within_s = self._wanted.within_s
        at_most_s = within_s + 30 if within_s is not None else None
        yield Check(f"the rooms of {name}", lambda: mailboxes.look(within_s, self.advance), at_most_s)

    async def _database(self) -> Sequence[Finding]:
        if self._settings.postgres_url is None:
            raise CouldNotLook("ROOMSYNC_POSTGRES_URL is not set here.")
        return await look_at_database(self._settings.database_address, {**SCHEMAS, **BUS_SCHEMA})

    async def _broker(self) -> Sequence[Finding]:
        if self._settings.amqp_url is None:
            raise NotSetUp("ROOMSYNC_AMQP_URL is not set here, as where all services are one process")
        management = self._settings.doctor_broker_url
        address = management.get_secret_value() if management is not None else None
        return await look_at_broker(self._settings.broker_address, topology(self._settings), address)

    async def _webhook(self) -> Sequence[Finding]:
        address = self._settings.ingest_public_url
        if address is None:
            raise NotSetUp("ROOMSYNC_INGEST_PUBLIC_URL is not set here")
        clouds = [each.cloud for each in self._known.connections] if self._known is not None else []
        is_public = any(each != "simulator" for each in clouds)
        return await look_at_webhook(address, self._settings.doctor_ca_file, is_public=is_public)

    def _standing(self, known: KnownInstallation) -> Sequence[Finding]:
        return known.standing


async def _mail_server() -> Sequence[Finding]:
    try:
        settings = read_settings(DoctorMailSettings)
    except WrongSettings as error:
        raise CouldNotLook("The settings of mail are wrong; mend them first.") from error
    return await look_at_mail_server(settings)


def _known_or(
    known: KnownInstallation | None, unknown: str, judge: Callable[[KnownInstallation], Sequence[Finding]]
) -> Look:
    async def work() -> Sequence[Finding]:
        if known is None:
            raise CouldNotLook(unknown)
        return judge(known)

    return work


def _raise(error: Exception) -> Look:
    async def work() -> Sequence[Finding]:
        raise error

    return work


_TOLD_BY = {
    FindingCode.MAILBOX_UNREADABLE: FindingCode.MAILBOX_OUT_OF_REACH,
    FindingCode.MAILBOX_NO_ROOM: FindingCode.NO_ROOM_MAILBOX,
}
"""What was found now, and the finding that tells the same of a room since it is so."""


def _without_repeats(report: DoctorReport) -> DoctorReport:
    """Leave out what was found now and stands already: one cause is one finding, with the time since when it is so."""
    standing = {(each.code, each.space_id) for each in report.findings}
    kept = [each for each in report.findings if (_TOLD_BY.get(each.code), each.space_id) not in standing]
    return replace(report, findings=kept)
