"""The control surface under /sim: how tests make, watch and spoil the world. It needs no token.

Bodies are JSON both ways. A setting that is unknown is a 400 in Graph's error format, and changes nothing.
"""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aiohttp import web

from tests.graphsim.entra import OUTLOOK_ID
from tests.graphsim.errors import GraphError
from tests.graphsim.event import Json
from tests.graphsim.mailbox import Processing
from tests.graphsim.replies import as_json
from tests.graphsim.requests import read_body
from tests.graphsim.times import moment

if TYPE_CHECKING:
    from tests.graphsim.server import Simulation


def routes(simulation: "Simulation") -> list[web.RouteDef]:
    """Every call of the control surface."""
    calls = _Calls(simulation)
    return [
        web.post("/sim/reset", calls.reset),
        web.post("/sim/mailboxes", calls.add_mailbox),
        web.get("/sim/mailboxes/{address}/events", calls.stored_events),
        web.patch("/sim/mailboxes/{address}", calls.change_mailbox),
        web.post("/sim/mailboxes/{address}/external", calls.external),
        web.post("/sim/tokens", calls.token),
        web.put("/sim/tokens", calls.token_lifetime),
        web.get("/sim/mails", calls.mails),
        web.get("/sim/requests", calls.requests),
        web.get("/sim/subscriptions", calls.subscriptions),
        web.get("/sim/quiet", calls.quiet),
        web.put("/sim/options", calls.options),
        web.put("/sim/faults", calls.faults),
        web.put("/sim/delivery", calls.delivery),
        web.put("/sim/limits", calls.limits),
        web.put("/sim/access", calls.access),
        web.post("/sim/subscriptions/expire", calls.expire),
        web.post("/sim/lifecycle", calls.lifecycle),
        web.post("/sim/delta/forget", calls.forget_delta),
    ]


class _Calls:
    def __init__(self, simulation: "Simulation") -> None:
        self._sim = simulation

    async def reset(self, _: web.Request) -> web.Response:
        self._sim.reset()
        return web.Response(status=204)

    async def add_mailbox(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if not isinstance(body.get("address"), str):
            raise GraphError(400, "InvalidSetting", "A mailbox needs an address.")
        mailbox = self._sim.world.add_mailbox(body)
        return as_json({"id": mailbox.user_id, "address": mailbox.address, "kind": mailbox.kind}, 201)

    async def change_mailbox(self, request: web.Request) -> web.Response:
        """Change `processing`, in part or whole, or `new_id_on_accept`; its events stay."""
        mailbox, body = self._sim.world.mailbox(request.match_info["address"]), await read_body(request)
        if unknown := sorted(body.keys() - {"processing", "new_id_on_accept"}):
            raise GraphError(400, "InvalidSetting", f"{unknown} of a mailbox cannot be changed.")
        mailbox.processing = Processing.parse({**asdict(mailbox.processing), **body.get("processing", {})})
        mailbox.new_id_on_accept = bool(body.get("new_id_on_accept", mailbox.new_id_on_accept))
        return as_json({"processing": asdict(mailbox.processing), "new_id_on_accept": mailbox.new_id_on_accept})

    async def stored_events(self, request: web.Request) -> web.Response:
        return as_json({"events": self._sim.world.stored_events(request.match_info["address"])})

    async def external(self, request: web.Request) -> web.Response:
        ical_uid = self._sim.world.inject_external_invitation(request.match_info["address"], await read_body(request))
        return as_json({"ical_uid": ical_uid}, 202)

    async def token(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        if body.get("app") == "outlook":
            token = self._sim.entra.graph_token(OUTLOOK_ID, expires_in=body.get("expires_in", 24 * 3600))
        elif body.get("audience") == "api":
            token = self._sim.entra.api_token(body)
        else:
            raise GraphError(400, "InvalidSetting", 'Say {"app": "outlook"} or {"audience": "api", "user", "roles"}.')
        return as_json({"access_token": token})

    async def token_lifetime(self, request: web.Request) -> web.Response:
        """Have the token endpoint give out tokens for `expires_in` seconds, also none or fewer."""
        self._sim.entra.lifetime_s = float((await read_body(request))["expires_in"])
        return as_json({"expires_in": self._sim.entra.lifetime_s})

    async def mails(self, request: web.Request) -> web.Response:
        return as_json({"mails": self._sim.world.mails_of(request.query.get("mailbox"), _since(request))})

    async def requests(self, request: web.Request) -> web.Response:
        return as_json(
            {"requests": self._sim.log.since(_since(request)), "high_water": dict(self._sim.limits.high_water)}
        )

    async def subscriptions(self, _: web.Request) -> web.Response:
        found = [{**each.body(), "mailbox": each.mailbox} for each in self._sim.subscriptions.active()]
        return as_json({"subscriptions": found})

    async def quiet(self, _: web.Request) -> web.Response:
        """Whether no mail, no attendant and no notification is under way."""
        return as_json({"quiet": self._sim.world.is_quiet and self._sim.delivery.is_quiet})

    async def options(self, request: web.Request) -> web.Response:
        return await self._configured(request, self._sim.world.configure, lambda: asdict(self._sim.world.options))

    async def delivery(self, request: web.Request) -> web.Response:
        return await self._configured(
            request, self._sim.delivery.configure, lambda: asdict(self._sim.delivery.settings)
        )

    async def limits(self, request: web.Request) -> web.Response:
        return await self._configured(request, self._sim.limits.configure, lambda: asdict(self._sim.limits.settings))

    async def access(self, request: web.Request) -> web.Response:
        return await self._configured(
            request,
            self._sim.access.configure,
            lambda: asdict(self._sim.access.grant),
        )

    async def faults(self, request: web.Request) -> web.Response:
        def configure(body: Json) -> None:
            if not isinstance(body.get("rules"), list):
                raise GraphError(400, "InvalidSetting", 'Say {"rules": [...]}; no rules at all end every fault.')
            self._sim.faults.configure(body["rules"])

        return await self._configured(request, configure, lambda: {"rules": self._sim.faults.count})

    async def expire(self, request: web.Request) -> web.Response:
        """End subscriptions now, without a word to anybody: those of `id` or `mailbox`, or all."""
        chosen = self._sim.subscriptions.selected(await read_body(request))
        for each in chosen:
            each.expires_at = datetime.now(UTC)
        return as_json({"expired": [each.id for each in chosen]})

    async def lifecycle(self, request: web.Request) -> web.Response:
        """Make `event` happen to the subscriptions of `id` or `mailbox`, or to all; `pauses` stops notifications."""
        body = await read_body(request)
        chosen = self._sim.subscriptions.selected(body)
        for each in chosen:
            self._sim.notifier.lifecycle(each, str(body.get("event")), pauses=bool(body.get("pauses")))
        return as_json({"told": [each.id for each in chosen]})

    async def forget_delta(self, request: web.Request) -> web.Response:
        """Make delta tokens unknown, of one `mailbox` or all: each answers 410 from now on."""
        return as_json({"forgotten": self._sim.delta.forget((await read_body(request)).get("mailbox"))})

    async def _configured(
        self, request: web.Request, configure: Callable[[Json], None], show: Callable[[], Json]
    ) -> web.Response:
        configure(await read_body(request))
        return as_json(show())


def _since(request: web.Request) -> datetime | None:
    text = request.query.get("since")
    if text is None:
        return None
    when = moment("since", text.replace(" ", "+"))
    return when.replace(tzinfo=UTC) if when.tzinfo is None else when
