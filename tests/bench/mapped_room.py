"""Make a room in a database that no service is at work in."""

from uuid import UUID, uuid4

from libs.common.db import Connection


async def map_room(conn: Connection) -> tuple[UUID, str]:
    """Make a space that is mapped to a mailbox of a connection of its own; return its id and the mailbox."""
    space_id, connection_id = uuid4(), uuid4()
    mailbox = f"{space_id}@contoso.example"
    await conn.execute(
        "INSERT INTO connections (id, name, cloud, tenant_id, client_id, credential) "
        "VALUES ($1, $1::uuid::text, 'simulator', 't', 'c', 'simulator')",
        connection_id,
    )
    await conn.execute(
        "INSERT INTO spaces (id, name, capacity, time_zone, room_mailbox, connection_id, mapped_at) "
        "VALUES ($1, 'Room', 8, 'UTC', $2, $3, now())",
        space_id,
        mailbox,
        connection_id,
    )
    await conn.execute("INSERT INTO space_parts VALUES ($1, $1)", space_id)
    return space_id, mailbox
