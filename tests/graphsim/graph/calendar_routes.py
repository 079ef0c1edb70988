"""Graph's calendar over HTTP: /v1.0/users/{mailbox}/ events, calendar view and meeting actions.

Handlers read the request, call the world, and render; the rules are elsewhere. Access is checked before, by
middleware.

Source: https://learn.microsoft.com/en-us/graph/api/resources/calendar-overview
"""

from dataclasses import replace

from aiohttp import web

from tests.graphsim.bodies import as_json, read_body
from tests.graphsim.exchange import occurrences, organizing, responding
from tests.graphsim.exchange.mail import VERBS
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import StoredEvent
from tests.graphsim.exchange.world import World
from tests.graphsim.graph import query, schedule
from tests.graphsim.graph.answers import EventAnswers, calendar_json, context, form_of
from tests.graphsim.graph.event_body import read_fields
from tests.graphsim.graph.overlays import Overlays
from tests.graphsim.graph.requests import check_match, named, parameter
from tests.graphsim.graph.times import slot
from tests.graphsim.refusals import invalid_request, item_not_found

USER = "/v1.0/users/{mailbox}"
CALENDARS = (USER, USER + "/calendar", USER + "/calendars/{calendar}")


def routes(world: World, overlays: Overlays) -> list[web.RouteDef]:
    """Every calendar route; each raises CallRefused for a refusal."""
    calls = _CalendarCalls(world, EventAnswers(overlays))
    table = [
        web.get(USER + "/calendars", calls.calendars),
        web.get(USER + "/calendar", calls.calendar),
        web.get(USER + "/calendars/{calendar}", calls.calendar),
        web.post(USER + "/calendar/getSchedule", calls.get_schedule),
    ]
    for prefix in CALENDARS:
        events, event = prefix + "/events", prefix + "/events/{event}"
        table += [
            web.get(prefix + "/calendarView", calls.view),
            web.get(events, calls.listing),
            web.post(events, calls.create),
            web.get(event, calls.read),
            web.patch(event, calls.update),
            web.delete(event, calls.delete),
            web.get(event + "/instances", calls.instances),
            web.post(event + "/cancel", calls.cancel),
            *(web.post(f"{event}/{verb}", calls.respond) for verb in VERBS),
        ]
    return table


class _CalendarCalls:
    def __init__(self, world: World, answers: EventAnswers) -> None:
        self._world = world
        self._answers = answers

    async def calendar(self, request: web.Request) -> web.Response:
        mailbox = self._mailbox(request)
        return as_json(
            {
                "@odata.context": context(request, f"users('{mailbox.user_id}')/calendar/$entity"),
                **calendar_json(mailbox),
            }
        )

    async def calendars(self, request: web.Request) -> web.Response:
        mailbox = self._mailbox(request)
        return as_json(
            {
                "@odata.context": context(request, f"users('{mailbox.user_id}')/calendars"),
                "value": [calendar_json(mailbox)],
            }
        )

    async def listing(self, request: web.Request) -> web.Response:
        mailbox = self._mailbox(request)
        return self._answers.page(request, mailbox, query.matching(request, query.candidates(request, mailbox)))

    async def view(self, request: web.Request) -> web.Response:
        mailbox = self._mailbox(request)
        start, end = query.window_of(request)
        return self._answers.page(request, mailbox, query.matching(request, occurrences.in_window(mailbox, start, end)))

    async def instances(self, request: web.Request) -> web.Response:
        mailbox, event = self._event(request)
        start, end = query.window_of(request)
        if not event.is_series:
            raise invalid_request("Your request can't be completed. The event isn't a recurring series master.")
        held = [each for each in occurrences.of_series(event, start, end) if not each.is_cancelled]
        return self._answers.page(request, mailbox, query.matching(request, held))

    async def read(self, request: web.Request) -> web.Response:
        mailbox, event = self._event(request)
        preferred, view = form_of(request)
        dates = query.dates_of(request, self._world.options)
        return self._answers.one(request, mailbox, event, (preferred, replace(view, dates=dates)))

    async def create(self, request: web.Request) -> web.Response:
        mailbox = self._mailbox(request)
        form = form_of(request)
        event = organizing.create(self._world, mailbox, read_fields(await read_body(request)))
        response = self._answers.one(request, mailbox, event, form, status=201)
        response.headers["Location"] = (
            f"{request.url.origin()}/v1.0/users('{mailbox.user_id}')/events('{event.default_id}')"
        )
        return response

    async def update(self, request: web.Request) -> web.Response:
        fields = read_fields(await read_body(request))
        form = form_of(request)
        mailbox, event = self._event(request)
        check_match(request, event)
        changed = organizing.update(self._world, mailbox, event, fields)
        return self._answers.one(request, mailbox, changed, form)

    async def delete(self, request: web.Request) -> web.Response:
        mailbox, event = self._event(request)
        check_match(request, event)
        organizing.delete(self._world, mailbox, event)
        return web.Response(status=204)

    async def cancel(self, request: web.Request) -> web.Response:
        body = await read_body(request)
        mailbox, event = self._event(request)
        organizing.cancel(self._world, mailbox, event, parameter(body, "comment", str))
        return web.Response(status=202)

    async def respond(self, request: web.Request) -> web.Response:
        verb = request.path.rpartition("/")[2]
        body = await read_body(request)
        mailbox, event = self._event(request)
        sends = parameter(body, "sendResponse", bool)
        reply = responding.MeetingReply(
            response=VERBS[verb],
            comment=parameter(body, "comment", str),
            sends=sends is not False,
            proposed=None if verb == "accept" else slot(named(body, "proposedNewTime")),
        )
        responding.respond(self._world, mailbox, event, reply)
        return web.Response(status=202)

    async def get_schedule(self, request: web.Request) -> web.Response:
        self._mailbox(request)
        asked = schedule.read_request(await read_body(request))
        return as_json(
            {
                "@odata.context": context(request, "Collection(microsoft.graph.scheduleInformation)"),
                "value": [schedule.of_address(self._world, each, asked) for each in asked.schedules],
            }
        )

    def _mailbox(self, request: web.Request) -> SimulatedMailbox:
        mailbox = self._world.user(request.match_info["mailbox"])
        if request.match_info.get("calendar", mailbox.calendar_id) != mailbox.calendar_id:
            raise item_not_found()
        return mailbox

    def _event(self, request: web.Request) -> tuple[SimulatedMailbox, StoredEvent]:
        mailbox = self._mailbox(request)
        event = occurrences.find(mailbox, request.match_info["event"])
        if event.is_hidden:
            raise item_not_found()
        return mailbox, event
