"""The simulated Microsoft 365 through its control interface: mailboxes, tokens, what happened there, and its faults.

A context manager here restores what it changed when the context is left.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from deploy.driver.eventually import LOOK_EVERY_S
from deploy.driver.http import Http, Json
from deploy.driver.mailbox import OutlookMailbox, graph_time
from deploy.driver.slots import Slot

QUIET_S = 2.0


def requests_of(calls: Sequence[Json]) -> list[tuple[str, str]]:
    """Return the HTTP requests in which these calls came, each with the method and path of its first call.

    The calls of one batch came in one request.
    """
    found: dict[str, tuple[str, str]] = {}
    for each in calls:
        request = str(each["batch"] or (each["time"], each["method"], each["path"]))
        found.setdefault(request, (each["method"], each["path"]))
    return list(found.values())


@dataclass(frozen=True, slots=True)
class SimulatedTenant:
    """The tenant that our application and everybody's Outlook see through Graph."""

    control: Http

    async def add_mailbox(self, address: str, **fields: object) -> Json:
        """Add a mailbox; `fields` are those of `POST /sim/mailboxes`. Returns it with its object id."""
        made: Json = (await self.control.send("POST", "/mailboxes", body={"address": address, **fields})).body
        return made

    async def change_mailbox(self, mailbox: OutlookMailbox, **fields: object) -> None:
        """Change any setting of a mailbox."""
        await self.control.send("PATCH", f"/mailboxes/{mailbox.address}", body=fields)

    async def api_token(self, user: str, *roles: str, **more: object) -> str:
        """Return a token for our own API; `more` makes it expired, foreign or wrongly signed."""
        return await self._token({"audience": "api", "user": user, "roles": roles, **more})

    async def outlook_token(self) -> str:
        """Return a token with which Outlook acts for any user of the tenant."""
        return await self._token({"app": "outlook"})

    async def _token(self, wanted: Json) -> str:
        return str((await self.control.send("POST", "/tokens", body=wanted)).body["access_token"])

    async def credentials(self) -> list[Json]:
        """Return what our application has registered, and how many tokens each credential got; no secrets."""
        found: list[Json] = (await self.control.get("/credentials"))["credentials"]
        return found

    async def add_credential(self, **fields: object) -> Json:
        """Register a credential; `fields` are those of `POST /sim/credentials`. Returns it, with the secret if any."""
        added: Json = (await self.control.send("POST", "/credentials", body=fields)).body
        return added

    async def expire_credential(self, credential_id: str) -> None:
        """Have a registered credential expire now."""
        await self.control.send("PATCH", f"/credentials/{credential_id}", body={"expires_in": -1})

    async def revoke_credential(self, credential_id: str) -> None:
        """Take a registered credential away; tokens that it got stay good."""
        await self.control.send("DELETE", f"/credentials/{credential_id}")

    async def revoke_tokens(self) -> None:
        """Have no token count that our application was given so far."""
        await self.control.send("POST", "/tokens/revoke")

    async def register_web_application(self, *redirect_uris: str, certificate: str | None = None) -> Json:
        """Register an application that people sign in to. Returns its `client_id` and its `secret`."""
        uris = {"redirect_uris": redirect_uris, "certificate": certificate}
        return dict((await self.control.send("POST", "/web-applications", body=uris)).body)

    async def set_people(self, *people: Json) -> None:
        """Have these people to choose from on the login page: each has an `address`, a `name` and `roles`."""
        await self.control.send("PUT", "/people", body={"people": people})

    async def rotate_keys(self, *, retires: bool = False) -> None:
        """Sign tokens by a new key from now on; `retires` has the keys before it count no longer."""
        await self.control.send("POST", "/keys/rotate", body={"retires": retires})

    async def mails(self) -> list[Json]:
        """Return every mail to everybody, oldest first."""
        mails: list[Json] = (await self.control.get("/mails"))["mails"]
        return mails

    async def mails_to(self, to: OutlookMailbox) -> list[Json]:
        """Return what somebody was mailed, oldest first."""
        mails: list[Json] = (await self.control.get("/mails", mailbox=to.address))["mails"]
        return mails

    async def answers(self, to: OutlookMailbox, room: OutlookMailbox) -> list[str]:
        """Return the answers a room mailed to somebody, oldest first."""
        return [str(mail["response"]) for mail in await self.answer_mails(to, room)]

    async def answer_mails(self, to: OutlookMailbox, room: OutlookMailbox) -> list[Json]:
        """Return the mails by which a room answered somebody, oldest first."""
        return [
            mail
            for mail in await self.mails_to(to)
            if mail["kind"] == "response" and mail["from"].lower() == room.address.lower()
        ]

    async def mailed(self, to: str | None = None) -> list[Json]:
        """Return every mail that reached the mail server, oldest first; those to one address if it is given."""
        messages: list[Json] = (await self.control.get("/smtp"))["messages"]
        return [each for each in messages if to is None or each["to"].lower() == to.lower()]

    async def calls(self, mailbox: OutlookMailbox, *methods: str) -> list[Json]:
        """Return the Graph calls our application made on a mailbox, oldest first, refused ones included."""
        calls: list[Json] = (await self.control.get("/requests", mailbox=mailbox.address))["requests"]
        return [call for call in calls if call["app"] != "outlook" and (not methods or call["method"] in methods)]

    async def calls_in_the_end(self, mailbox: OutlookMailbox) -> list[Json]:
        """Return the calls on a mailbox as `calls` does, once none has come for `QUIET_S`.

        What is read because of a write is read after that, and so after the write is known to have been done.
        """
        found, waited_s = await self.calls(mailbox), 0.0
        while waited_s < QUIET_S:
            await asyncio.sleep(LOOK_EVERY_S)
            now = await self.calls(mailbox)
            found, waited_s = now, waited_s + LOOK_EVERY_S if len(now) == len(found) else 0.0
        return found

    async def most_calls_at_once(self, mailbox: OutlookMailbox) -> int:
        """Return how many calls of our application were under way at once on a mailbox, at most."""
        found: dict[str, int] = (await self.control.get("/requests", mailbox=mailbox.address))["high_water"]
        return found.get(mailbox.address.lower(), 0)

    async def writes(self, mailbox: OutlookMailbox) -> list[Json]:
        """Return those of our application's calls on a mailbox that ask for a change."""
        return await self.calls(mailbox, "POST", "PATCH", "DELETE")

    async def stored(self, mailbox: OutlookMailbox) -> list[Json]:
        """Return every copy in a mailbox as it is stored, deleted ones marked."""
        events: list[Json] = (await self.control.get(f"/mailboxes/{mailbox.address}/events"))["events"]
        return events

    async def subscriptions(self, mailbox: OutlookMailbox) -> list[Json]:
        """Return who is notified of a mailbox's changes."""
        found: list[Json] = (await self.control.get("/subscriptions"))["subscriptions"]
        return [each for each in found if each["mailbox"].lower() == mailbox.address.lower()]

    async def fill(
        self, mailbox: OutlookMailbox, subject: str, first: Slot, *, every: timedelta, count: int, **more: object
    ) -> None:
        """Put so many events on a calendar at once; `more` has an `organizer`, whose invitations they are then."""
        event = {"subject": subject, "start": graph_time(first.start), "end": graph_time(first.end), "showAs": "busy"}
        body = {"event": event, "count": count, "every_minutes": every // timedelta(minutes=1), **more}
        await self.control.send("POST", f"/mailboxes/{mailbox.address}/events", body=body)

    async def copy_event(self, mailbox: OutlookMailbox, event: Json, **how: object) -> str:
        """Copy an event on its calendar, as by hand; `how` says what of its identity goes along. Returns the id."""
        path = f"/mailboxes/{mailbox.address}/copies"
        return str((await self.control.send("POST", path, body={"event": event["id"], **how})).body["id"])

    async def expire_subscriptions(self, mailbox: OutlookMailbox) -> None:
        """End the subscriptions to a mailbox now, without a word."""
        await self.control.send("POST", "/subscriptions/expire", body={"mailbox": mailbox.address})

    async def lifecycle(self, event: str, mailbox: OutlookMailbox, **how: object) -> None:
        """Make a lifecycle event happen to the subscriptions to a mailbox; `tells=False` keeps it quiet."""
        await self.control.send("POST", "/lifecycle", body={"event": event, "mailbox": mailbox.address, **how})

    async def make_noise(self, mailbox: OutlookMailbox, count: int) -> None:
        """Notify the subscribers of a mailbox of that many events that do not exist."""
        await self.control.send("POST", "/noise", body={"mailbox": mailbox.address, "count": count})

    async def is_quiet(self) -> bool:
        """Whether no mail and no notification is under way: every one has been taken."""
        return bool((await self.control.get("/quiet"))["quiet"])

    @asynccontextmanager
    async def faults(self, *rules: Json) -> AsyncIterator[None]:
        """Make Graph calls fail that match a rule."""
        await self.control.send("PUT", "/faults", body={"rules": rules})
        try:
            yield
        finally:
            await self.control.send("PUT", "/faults", body={"rules": []})

    @asynccontextmanager
    async def flawed_id_tokens(self, **flaws: object) -> AsyncIterator[None]:
        """Have ID tokens be wrong; `flaws` are those of `PUT /sim/id-tokens`."""
        await self.control.send("PUT", "/id-tokens", body=flaws)
        try:
            yield
        finally:
            await self.control.send("PUT", "/id-tokens", body={})

    @asynccontextmanager
    async def mail_faring(self, **settings: object) -> AsyncIterator[None]:
        """Have the mail server fare otherwise; `settings` are those of `PUT /sim/smtp`."""
        before = (await self.control.send("PUT", "/smtp", body={})).body
        await self.control.send("PUT", "/smtp", body=settings)
        try:
            yield
        finally:
            await self.control.send("PUT", "/smtp", body=before)

    @asynccontextmanager
    async def organizers_reachable(self) -> AsyncIterator[None]:
        """Let our application reach every mailbox, not only those of rooms."""
        await self.control.send("PUT", "/access", body={"scope": "all"})
        try:
            yield
        finally:
            await self.control.send("PUT", "/access", body={"scope": "rooms"})

    @asynccontextmanager
    async def overlays(self, *overlays: Json) -> AsyncIterator[None]:
        """Have Graph show events otherwise than they are stored."""
        await self.control.send("PUT", "/overlays", body={"overlays": overlays})
        try:
            yield
        finally:
            await self.control.send("PUT", "/overlays", body={"overlays": []})

    @asynccontextmanager
    async def no_mailbox_reachable(self) -> AsyncIterator[None]:
        """Let our application reach no mailbox at all."""
        await self.control.send("PUT", "/access", body={"scope": "none"})
        try:
            yield
        finally:
            await self.control.send("PUT", "/access", body={"scope": "rooms"})

    async def remove_subscription(self, mailbox: OutlookMailbox) -> None:
        """End who is notified of a mailbox's changes, and tell them so."""
        where = {"mailbox": mailbox.address}
        await self.control.send("POST", "/lifecycle", body={"event": "subscriptionRemoved", **where})
        await self.control.send("POST", "/subscriptions/expire", body=where)

    def delivery(self, **how: object) -> AbstractAsyncContextManager[None]:
        """Change how notifications are delivered: more often, out of order, not at all."""
        return self._change("/delivery", how)

    def options(self, **how: object) -> AbstractAsyncContextManager[None]:
        """Change how the tenant behaves, such as slower mail."""
        return self._change("/options", how)

    def limits(self, **how: object) -> AbstractAsyncContextManager[None]:
        """Change how slow Graph is, or how many requests it allows."""
        return self._change("/limits", how)

    @asynccontextmanager
    async def _change(self, path: str, how: Json) -> AsyncIterator[None]:
        before = (await self.control.send("PUT", path, body={})).body
        await self.control.send("PUT", path, body=how)
        try:
            yield
        finally:
            await self.control.send("PUT", path, body={name: before[name] for name in how})
