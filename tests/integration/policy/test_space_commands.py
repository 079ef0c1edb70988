"""Spaces, their mapping and the connections behind it, by command: what stands afterwards, and who is told."""

from uuid import UUID, uuid4

from libs.common.clock import utc_now
from libs.common.db import Connection
from libs.contracts.message import Message
from libs.contracts.messages import SpaceMapped, SpaceUnmapped
from services.policy.commands.connections import (
    ConnectionChange,
    ConnectionRequest,
    SavedConnection,
    change_connection,
    connect_tenant,
)
from services.policy.commands.errors import StaleVersion
from services.policy.commands.space_errors import (
    ConnectionNameTaken,
    ConnectionNotNamed,
    MailboxMappedElsewhere,
    NoTenantConnected,
    NothingToConnect,
)
from services.policy.commands.spaces import SavedSpace, SpaceChange, SpaceRequest, change_space, create_space
from services.policy.commands.unknown import UnknownConnection, UnknownPart, UnknownSpace
from tests.integration.policy.asking import granted, refused
from tests.integration.policy.ledger import Ledger


def mailbox() -> str:
    """Make an address that no other test has."""
    return f"{uuid4()}@example.org"


def said(messages: object) -> list[object]:
    """Tell what messages are about: a mailbox mapped or unmapped."""
    assert isinstance(messages, list | tuple)
    return [_said(each) for each in messages]


def _said(message: Message) -> object:
    match message:
        case SpaceMapped() | SpaceUnmapped():
            return type(message), message.room_mailbox
        case _:
            return message.type


async def change(ledger: Ledger, asked: SpaceChange) -> SavedSpace:
    return await granted(ledger, lambda conn: change_space(conn, asked, utc_now()))


async def connect(ledger: Ledger) -> UUID:
    """Connect a tenant under a name that no other test has."""
    request = ConnectionRequest(str(uuid4()), "simulator", "tenant", "client", "secret")
    return (await granted(ledger, lambda conn: connect_tenant(conn, request, utc_now()))).connection.id


async def test_a_space_is_added_and_mapped_in_one_step(ledger: Ledger) -> None:
    address, connection = mailbox(), str(await connect(ledger))
    request = SpaceRequest("Hall", 8, "UTC", mapping={"room_mailbox": address, "connection": connection})

    saved = await granted(ledger, lambda conn: create_space(conn, request, utc_now()))

    assert (saved.space.room_mailbox, str(saved.space.connection_id)) == (address, connection)
    assert said(saved.messages) == [(SpaceMapped, address)]


async def test_what_a_change_leaves_out_stays_and_no_mailbox_is_not_left_out(ledger: Ledger) -> None:
    room = await ledger.room(building="North")

    renamed = await change(ledger, SpaceChange(room.id, {"name": "Attic"}))
    unmapped = await change(ledger, SpaceChange(room.id, mapping={"room_mailbox": None}))

    assert (renamed.space.name, renamed.space.building, renamed.space.room_mailbox) == ("Attic", "North", room.mailbox)
    assert said(renamed.messages) == []
    assert (unmapped.space.name, unmapped.space.room_mailbox, unmapped.space.connection_id) == ("Attic", None, None)
    assert said(unmapped.messages) == [(SpaceUnmapped, room.mailbox)]


async def test_a_space_mapped_elsewhere_leaves_its_mailbox_first(ledger: Ledger) -> None:
    room, address = await ledger.room(), mailbox()

    moved = await change(ledger, SpaceChange(room.id, mapping={"room_mailbox": address}))

    assert said(moved.messages) == [(SpaceUnmapped, room.mailbox), (SpaceMapped, address)]


async def test_a_change_that_changes_nothing_makes_no_version(ledger: Ledger) -> None:
    room = await ledger.room()

    saved = await change(ledger, SpaceChange(room.id, {"name": "Room"}, {"room_mailbox": room.mailbox}))

    assert (saved.space.version, said(saved.messages)) == (1, [])


async def test_rooms_are_told_of_when_their_tenant_is_reached_otherwise_and_only_then(ledger: Ledger) -> None:
    connection = await connect(ledger)
    room = await ledger.room(connection_id=connection)

    async def changed(asked: ConnectionChange) -> SavedConnection:
        return await granted(ledger, lambda conn: change_connection(conn, asked, utc_now()))

    renamed = await changed(ConnectionChange(connection, {"name": str(uuid4())}))
    renewed = await changed(ConnectionChange(connection, {"credential": "renewed"}))

    assert said(renamed.messages) == []
    assert said(renewed.messages) == [(SpaceMapped, room.mailbox)]


async def test_a_mailbox_of_another_space_stays_with_it(ledger: Ledger) -> None:
    holder, other = await ledger.room(name="Attic"), await ledger.room()
    asked = SpaceChange(other.id, mapping={"room_mailbox": holder.mailbox})

    error = await refused(ledger, MailboxMappedElsewhere, lambda conn: change_space(conn, asked, utc_now()))

    assert (error.holder_id, error.holder_name) == (holder.id, "Attic")


async def test_a_mailbox_needs_a_connection_that_is_known_and_certain(ledger: Ledger) -> None:
    await connect(ledger)

    async def without_connections(conn: Connection) -> None:
        await conn.execute("UPDATE spaces SET room_mailbox = NULL, connection_id = NULL, mapped_at = NULL")
        await conn.execute("DELETE FROM connections")
        await create_space(conn, SpaceRequest("Hall", 8, "UTC", mapping={"room_mailbox": mailbox()}), utc_now())

    lonely = SpaceRequest("Hall", 8, "UTC", mapping={"connection": "tenant"})
    vague = SpaceRequest("Hall", 8, "UTC", mapping={"room_mailbox": mailbox()})
    strange = SpaceRequest("Hall", 8, "UTC", mapping={"room_mailbox": mailbox(), "connection": "nobody's"})
    await refused(ledger, NoTenantConnected, without_connections)
    await refused(ledger, NothingToConnect, lambda conn: create_space(conn, lonely, utc_now()))
    await refused(ledger, ConnectionNotNamed, lambda conn: create_space(conn, vague, utc_now()))
    error = await refused(ledger, UnknownConnection, lambda conn: create_space(conn, strange, utc_now()))
    assert error.named == "nobody's"


async def test_a_part_that_does_not_exist_is_named_with_its_place(ledger: Ledger) -> None:
    part, nobody = await ledger.room(), uuid4()
    asked = SpaceRequest("Hall", 8, "UTC", parts=[part.id, nobody])

    error = await refused(ledger, UnknownPart, lambda conn: create_space(conn, asked, utc_now()))

    assert (error.part_id, error.position) == (nobody, 1)


async def test_a_space_or_connection_that_is_unknown_or_has_changed_is_left_alone(ledger: Ledger) -> None:
    room, nobody = await ledger.room(), uuid4()
    space, stale_space = SpaceChange(nobody), SpaceChange(room.id, {"capacity": 9}, expected_version=7)
    connection, stale = ConnectionChange(nobody, {}), ConnectionChange(ledger.connection_id, {"name": "x"}, 7)

    missing = await refused(ledger, UnknownSpace, lambda conn: change_space(conn, space, utc_now()))
    assert missing.space_id == nobody
    assert (
        await refused(ledger, UnknownConnection, lambda conn: change_connection(conn, connection, utc_now()))
    ).named == nobody
    late = await refused(ledger, StaleVersion, lambda conn: change_space(conn, stale_space, utc_now()))
    assert late.current == 1
    assert (await refused(ledger, StaleVersion, lambda conn: change_connection(conn, stale, utc_now()))).current == 1


async def test_a_name_stands_for_one_connection(ledger: Ledger) -> None:
    asked = ConnectionRequest("tenant", "simulator", "tenant", "client", "secret")

    error = await refused(ledger, ConnectionNameTaken, lambda conn: connect_tenant(conn, asked, utc_now()))

    assert error.holder_id == ledger.connection_id
