"""Which names a report may have that strangers are to read pseudonyms for."""

from dataclasses import replace

from services.doctor.installation import KnownInstallation
from services.doctor.names import known_names
from services.doctor.redact import redaction
from tests.unit.doctor.rooms import AULA, CONNECTION, NOW


def test_everything_that_names_a_connection_or_a_room_gets_a_pseudonym() -> None:
    connection = replace(CONNECTION, second_credential="microsoft365_2")
    known = KnownInstallation(now=NOW, connections=[connection], rooms=[AULA], outsiders={}, standing=[])
    text = f"{connection.name} by microsoft365 or microsoft365_2: {AULA.space_name}, {AULA.room_mailbox}"

    told = redaction("secret", known_names(known)).of(text)

    for name in (connection.name, *connection.credentials, AULA.space_name, AULA.room_mailbox):
        assert name not in told, told


def test_an_installation_that_cannot_be_read_has_no_names() -> None:
    assert list(known_names(None)) == []
