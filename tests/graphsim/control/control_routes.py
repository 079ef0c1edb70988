"""The control surface under /sim: how tests make, watch and spoil the world. It needs no token.

Bodies are JSON both ways. A setting that is unknown is a 400 in Graph's error format, and changes nothing.
"""

from dataclasses import asdict

from aiohttp import web

from tests.graphsim.bodies import as_json, read_body, read_json
from tests.graphsim.control import outside, settings
from tests.graphsim.control.control_bodies import (
    AskedRecords,
    CopyOrder,
    LifecycleOrder,
    NoiseOrder,
    OneMailbox,
    TokenLifetime,
    WantedGraphToken,
)
from tests.graphsim.control.grants import change_grant, client_id_of
from tests.graphsim.control.mailboxes import add_mailbox, change_mailbox, mailbox_json
from tests.graphsim.control.many_events import ManyEvents, put_many
from tests.graphsim.control.options import change_options
from tests.graphsim.control.outside import Outside
from tests.graphsim.control.overlay_settings import change_overlays
from tests.graphsim.control.parts import SimulatorParts
from tests.graphsim.control.stored_events import stored_events
from tests.graphsim.delivery.dispatcher import DeliverySettings
from tests.graphsim.delivery.subscriptions import Choice
from tests.graphsim.entra.tokens import API_AUDIENCE, ApiToken
from tests.graphsim.exchange.copying import copy_event
from tests.graphsim.graph.throttling import ThrottlingSettings
from tests.graphsim.smtp.sink import SinkSettings


def routes(parts: SimulatorParts) -> list[web.RouteDef]:
    """Every call of the control surface."""
    calls = _ControlCalls(parts)
    return [
        web.post("/sim/reset", calls.reset),
        web.post("/sim/mailboxes", calls.add_mailbox),
        web.get("/sim/mailboxes/{address}/events", calls.stored_events),
        web.post("/sim/mailboxes/{address}/events", calls.many_events),
        web.patch("/sim/mailboxes/{address}", calls.change_mailbox),
        web.delete("/sim/mailboxes/{address}", calls.remove_mailbox),
        web.post("/sim/mailboxes/{address}/external", calls.external),
        web.post("/sim/mailboxes/{address}/copies", calls.copy),
        web.post("/sim/tokens", calls.token),
        web.put("/sim/tokens", calls.token_lifetime),
        web.get("/sim/mails", calls.mails),
        web.get("/sim/smtp", calls.smtp),
        web.put("/sim/smtp", calls.change_smtp),
        web.get("/sim/requests", calls.requests),
        web.get("/sim/subscriptions", calls.subscriptions),
        web.get("/sim/quiet", calls.quiet),
        web.put("/sim/options", calls.options),
        web.put("/sim/faults", calls.faults),
        web.put("/sim/overlays", calls.overlays),
        web.put("/sim/delivery", calls.delivery),
        web.put("/sim/limits", calls.limits),
        web.put("/sim/access", calls.access),
        web.post("/sim/subscriptions/expire", calls.expire),
        web.post("/sim/lifecycle", calls.lifecycle),
        web.post("/sim/noise", calls.noise),
        web.post("/sim/delta/forget", calls.forget_delta),
    ]


class _ControlCalls:
    def __init__(self, parts: SimulatorParts) -> None:
        self._parts = parts

    async def reset(self, _: web.Request) -> web.Response:
        self._parts.reset()
        return web.Response(status=204)

    async def add_mailbox(self, request: web.Request) -> web.Response:
        return as_json(mailbox_json(add_mailbox(self._parts.world.directory, await read_body(request))), 201)

    async def change_mailbox(self, request: web.Request) -> web.Response:
        """Change a mailbox, `processing` too, in part; its events stay, even if it gets another address."""
        changed = change_mailbox(self._parts.world.directory, _address(request), await read_body(request))
        return as_json(mailbox_json(changed))

    async def remove_mailbox(self, request: web.Request) -> web.Response:
        self._parts.world.directory.remove(_address(request))
        return web.Response(status=204)

    async def stored_events(self, request: web.Request) -> web.Response:
        return as_json({"events": stored_events(self._parts.world, _address(request))})

    async def many_events(self, request: web.Request) -> web.Response:
        said = settings.read(ManyEvents, await read_body(request))
        await put_many(self._parts.world, self._parts.world.mailbox(_address(request)), said)
        return as_json({"count": said.count}, 201)

    async def external(self, request: web.Request) -> web.Response:
        said = settings.read(Outside, await read_body(request))
        ical_uid = outside.inject(self._parts.world, _address(request), said)
        return as_json({"ical_uid": ical_uid}, 202)

    async def copy(self, request: web.Request) -> web.Response:
        """Copy an event on its calendar, as a person would by hand."""
        said = settings.read(CopyOrder, await read_body(request))
        mailbox = self._parts.world.mailbox(_address(request))
        event = mailbox.event(said.event)
        made = copy_event(self._parts.world, mailbox, event, ical_uid=said.ical_uid, has_properties=said.properties)
        return as_json({"id": made.default_id, "ical_uid": made.ical_uid}, 201)

    async def token(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if "app" in body:
            wanted = settings.read(WantedGraphToken, body)
            token = self._parts.entra.graph_token(client_id_of(wanted.app), expires_in=wanted.expires_in)
        elif body.get("audience") == "api":
            token = self._parts.entra.api_token(settings.read(ApiToken, {**body, "audience": API_AUDIENCE}))
        else:
            raise settings.refused('Say {"app": "outlook"} or {"audience": "api", "user": ..., "roles": [...]}.')
        return as_json({"access_token": token})

    async def token_lifetime(self, request: web.Request) -> web.Response:
        """Have the token endpoint give out tokens for `expires_in` seconds, also none or fewer."""
        self._parts.entra.lifetime_s = settings.read(TokenLifetime, await read_body(request)).expires_in
        return as_json({"expires_in": self._parts.entra.lifetime_s})

    async def mails(self, request: web.Request) -> web.Response:
        asked = _asked(request)
        return as_json({"mails": self._parts.world.mails_of(asked.mailbox, asked.moment)})

    async def smtp(self, _: web.Request) -> web.Response:
        """Show every mail that the sink took."""
        return as_json({"messages": self._parts.sink.messages})

    async def change_smtp(self, request: web.Request) -> web.Response:
        sink = self._parts.sink
        sink.change(settings.read(SinkSettings, await read_body(request), before=sink.settings))
        return as_json(asdict(sink.settings))

    async def requests(self, request: web.Request) -> web.Response:
        """The latest calls on Graph, and the most of our application that any mailbox has seen at once."""
        asked, log = _asked(request), self._parts.log
        return as_json(
            {
                "requests": log.since(asked.moment, asked.mailbox),
                "forgotten": log.forgotten,
                "high_water": dict(self._parts.throttling.high_water),
            }
        )

    async def subscriptions(self, _: web.Request) -> web.Response:
        found = [{**each.body(), "mailbox": each.mailbox.address} for each in self._parts.subscriptions.active()]
        return as_json({"subscriptions": found})

    async def quiet(self, _: web.Request) -> web.Response:
        """Whether no mail, no attendant and no notification is under way."""
        return as_json({"quiet": self._parts.world.is_quiet and self._parts.dispatcher.is_quiet})

    async def options(self, request: web.Request) -> web.Response:
        changes = await read_body(request)
        return as_json(asdict(change_options(self._parts.world, self._parts.subscriptions, changes)))

    async def delivery(self, request: web.Request) -> web.Response:
        dispatcher = self._parts.dispatcher
        dispatcher.change(settings.read(DeliverySettings, await read_body(request), before=dispatcher.settings))
        return as_json(asdict(dispatcher.settings))

    async def limits(self, request: web.Request) -> web.Response:
        throttling = self._parts.throttling
        throttling.settings = settings.read(ThrottlingSettings, await read_body(request), before=throttling.settings)
        return as_json(asdict(throttling.settings))

    async def access(self, request: web.Request) -> web.Response:
        return as_json(asdict(change_grant(self._parts.entra.access, await read_body(request))))

    async def faults(self, request: web.Request) -> web.Response:
        """Replace all rules by `{"rules": [...]}`, or by the list alone; no rules at all end every fault."""
        body = await read_json(request)
        rules = body.get("rules") if isinstance(body, dict) and body.keys() == {"rules"} else body
        if not isinstance(rules, list):
            raise settings.refused('Say {"rules": [...]}; no rules at all end every fault.')
        self._parts.faults.configure(rules)
        return as_json({"rules": self._parts.faults.count})

    async def overlays(self, request: web.Request) -> web.Response:
        """Replace all overlays; none at all show every event as it is stored."""
        said = await read_body(request)
        return as_json(change_overlays(self._parts.world, self._parts.overlays, said))

    async def expire(self, request: web.Request) -> web.Response:
        """End subscriptions now, without a word to anybody: those of `id` or `mailbox`, or all."""
        chosen = self._parts.subscriptions.selected(settings.read(Choice, await read_body(request)))
        for each in chosen:
            each.expires_at = self._parts.world.clock()
        return as_json({"expired": [each.id for each in chosen]})

    async def lifecycle(self, request: web.Request) -> web.Response:
        """Make `event` happen to the subscriptions of `id` or `mailbox`, or to all; `pauses` stops notifications.

        Unless it `tells`, nobody hears of it.
        """
        wanted = settings.read(LifecycleOrder, await read_body(request))
        chosen = self._parts.subscriptions.selected(wanted.choice)
        for each in chosen:
            self._parts.notifier.lifecycle(
                each, wanted.event, pauses=wanted.pauses, shape=wanted.shape, tells=wanted.tells
            )
        return as_json({"told": [each.id for each in chosen if wanted.tells]})

    async def noise(self, request: web.Request) -> web.Response:
        """Notify the subscriptions of a mailbox, or all, `count` times each of events that do not exist."""
        said = settings.read(NoiseOrder, await read_body(request))
        chosen = self._parts.subscriptions.selected(Choice(mailbox=said.mailbox))
        for each in chosen:
            self._parts.notifier.make_noise(each, said.count)
        return as_json({"told": [each.id for each in chosen]})

    async def forget_delta(self, request: web.Request) -> web.Response:
        """Make delta tokens unknown, of one `mailbox` or all: each answers 410 from now on."""
        return as_json(
            {"forgotten": self._parts.delta.forget(settings.read(OneMailbox, await read_body(request)).mailbox)}
        )


def _asked(request: web.Request) -> AskedRecords:
    return settings.read(AskedRecords, dict(request.query))


def _address(request: web.Request) -> str:
    return request.match_info["address"]
