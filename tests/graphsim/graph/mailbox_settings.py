"""The settings of a mailbox, whole or one of them; what the mailbox is for is one of them.

Source: https://learn.microsoft.com/en-us/graph/api/user-get-mailboxsettings
Source: https://learn.microsoft.com/en-us/graph/api/resources/mailboxsettings
"""

from aiohttp import web

from tests.graphsim.bodies import as_json
from tests.graphsim.exchange.mailbox import SimulatedMailbox
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.world import World
from tests.graphsim.graph import schedule
from tests.graphsim.graph.answers import context

ALL = "/v1.0/users/{mailbox}/mailboxSettings"
NEVER = {"dateTime": "0001-01-01T00:00:00.0000000", "timeZone": "UTC"}
SINGLE = ("userPurpose", "timeZone", "dateFormat", "timeFormat")


class MailboxSettingCalls:
    """Settings can be read; nothing here changes them."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[web.RouteDef]:
        return [web.get(ALL, self._whole), *(web.get(f"{ALL}/{name}", self._one) for name in SINGLE)]

    async def _whole(self, request: web.Request) -> web.Response:
        mailbox = self._world.user(request.match_info["mailbox"])
        found = _settings(mailbox)
        if select := request.query.get("$select"):
            names = {each.strip() for each in select.split(",")}
            found = {name: value for name, value in found.items() if name in names}
        return as_json({"@odata.context": context(request, f"users('{mailbox.user_id}')/mailboxSettings"), **found})

    async def _one(self, request: web.Request) -> web.Response:
        mailbox = self._world.user(request.match_info["mailbox"])
        name = request.path.rpartition("/")[2]
        named = context(request, f"users('{mailbox.user_id}')/mailboxSettings/{name}")
        return as_json({"@odata.context": named, "value": _settings(mailbox)[name]})


def _settings(mailbox: SimulatedMailbox) -> Json:
    return {
        "archiveFolder": f"AAMkARCHIVE{mailbox.user_id.replace('-', '')}=",
        "timeZone": mailbox.time_zone,
        "delegateMeetingMessageDeliveryOptions": "sendToDelegateOnly",
        "dateFormat": "M/d/yyyy",
        "timeFormat": "h:mm tt",
        "userPurpose": mailbox.kind,
        "automaticRepliesSetting": {
            "status": "disabled",
            "externalAudience": "all",
            "internalReplyMessage": "",
            "externalReplyMessage": "",
            "scheduledStartDateTime": NEVER,
            "scheduledEndDateTime": NEVER,
        },
        "language": {"locale": "en-US", "displayName": "English (United States)"},
        "workingHours": schedule.working_hours(mailbox),
    }
