"""What stands for people whose names and addresses are no longer kept."""

from collections.abc import Collection

from libs.common.db import Connection

_OF = "SELECT address, pseudonym_of(address) AS pseudonym FROM unnest($1::text[]) AS address"


async def of(conn: Connection, addresses: Collection[str]) -> dict[str, str]:
    """Return the pseudonym of each address; a pseudonym is its own."""
    if not addresses:
        return {}
    return {row["address"]: row["pseudonym"] for row in await conn.fetch(_OF, list(addresses))}
