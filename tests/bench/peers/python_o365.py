"""python-o365 reading a calendar: https://github.com/O365/python-o365."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from O365 import Account, MSGraphProtocol


class _SimulatedGraph(MSGraphProtocol):  # type: ignore[misc]  # the library is untyped
    """Microsoft Graph, at another address."""

    def __init__(self, base_url: str) -> None:
        parts = urlsplit(base_url)
        self._protocol_url = f"{parts.scheme}://{parts.netloc}/"
        super().__init__(timezone="UTC")


class PythonO365:
    """An account that acts with a token got elsewhere. Its pause between calls (200 ms by default) is switched off."""

    def __init__(self, base_url: str, ca: Path, token: str, fields: Sequence[str]) -> None:
        self._fields = fields
        self._account: Any = Account(
            ("client", "secret"),
            auth_flow_type="credentials",
            tenant_id="tenant",
            protocol=_SimulatedGraph(base_url),
            requests_delay=0,
        )
        session = requests.Session()
        session.trust_env = False
        session.verify = str(ca)
        session.headers["Authorization"] = f"Bearer {token}"
        self._account.con.session = session

    def read(self, mailbox: str, start: datetime, end: datetime) -> set[str]:
        """Read all events of a window, as many a page as Graph gives, and return their iCalUIds."""
        calendar = self._account.schedule(resource=mailbox).get_default_calendar()
        query = calendar.new_query().select(*self._fields)
        events = calendar.get_events(limit=None, query=query, start_recurring=start, end_recurring=end)
        return {str(event.ical_uid) for event in events}
