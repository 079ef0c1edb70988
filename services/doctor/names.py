"""Which names of an installation a report may have, for which strangers are to read pseudonyms."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from libs.common.wrong_settings import WrongSettings, read_settings
from services.doctor.installation import KnownInstallation
from services.doctor.settings import DoctorMailSettings, DoctorSettings


def secret_of(settings: DoctorSettings) -> str:
    """Return what pseudonyms are made with: the same for one installation, and unknown to others."""
    return settings.postgres_url.get_secret_value() if settings.postgres_url is not None else ""


def own_names(settings: DoctorSettings) -> Iterator[tuple[str | None, str]]:
    """Return the names that the settings have, each with what it names."""
    for url in (settings.postgres_url, settings.amqp_url, settings.doctor_broker_url):
        if url is not None:
            yield urlsplit(url.get_secret_value()).hostname, "host"
    if settings.ingest_public_url is not None:
        yield urlsplit(settings.ingest_public_url).netloc, "host"
    yield settings.doctor_outsider, "mailbox"
    try:
        server = read_settings(DoctorMailSettings).mail_server
    except WrongSettings:
        return
    yield server.host if server is not None else None, "host"


def known_names(known: KnownInstallation | None) -> Iterator[tuple[str | None, str]]:
    """Return the names that the ledger has, each with what it names; none if it could not be read."""
    for each in known.connections if known is not None else ():
        yield each.name, "connection"
        yield each.tenant_id, "tenant"
        yield each.client_id, "application"
        yield from ((name, "credential") for name in each.credentials)
    for room in known.rooms if known is not None else ():
        yield room.space_name, "space"
        yield room.room_mailbox, "mailbox"
