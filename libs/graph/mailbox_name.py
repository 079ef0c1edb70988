"""The name of a mailbox: its address for us, and in calls to Graph its object id, where that is known.

The object id outlives the address, and a principal name that differs from it. Everything else (limits, logs, what waits
for access) goes by the address, so that one mailbox is one mailbox, whoever knows its object id.

Source: https://learn.microsoft.com/graph/api/user-get (id or userPrincipalName)
"""

from typing import Self


class MailboxName(str):
    """The address of a mailbox, which is also known by its object id."""

    __slots__ = ("object_id",)
    object_id: str | None

    def __new__(cls, address: str, object_id: str | None) -> Self:
        """Name the mailbox of an address."""
        name = super().__new__(cls, address)
        name.object_id = object_id
        return name


def in_graph(mailbox: str) -> str:
    """Return how to name a mailbox to Graph: by its object id if that is known."""
    return (mailbox.object_id if isinstance(mailbox, MailboxName) else None) or mailbox
