"""Answers to invitations: why Graph refuses one, and when a room gave its own."""

from datetime import UTC, datetime

import pytest

from tests.contract.graphsim.graph import Graph, Json, attendee, eventually, meeting
from tests.support.simulator import Simulator

LATER = {
    "start": {"dateTime": "2027-03-02T10:00:00", "timeZone": "UTC"},
    "end": {"dateTime": "2027-03-02T11:00:00", "timeZone": "UTC"},
}
NO_PROPOSALS = "Your request can't be completed. The meeting organizer doesn't allow new time proposals."
NO_RESPONSE = "Your request can't be completed. The meeting organizer hasn't requested a response."


@pytest.mark.parametrize("verb", ["tentativelyAccept", "decline"])
@pytest.mark.parametrize(
    ("meeting_says", "reply", "refusal"),
    [
        ({"allowNewTimeProposals": False}, {"proposedNewTime": LATER}, NO_PROPOSALS),
        ({"allowNewTimeProposals": False}, {"comment": "Full."}, None),
        ({"responseRequested": False}, {"comment": "Full."}, NO_RESPONSE),
        ({"responseRequested": False}, {"proposedNewTime": LATER}, NO_RESPONSE),
        ({"responseRequested": False}, {"sendResponse": False}, None),
        ({"allowNewTimeProposals": False, "responseRequested": False}, {"proposedNewTime": LATER}, NO_PROPOSALS),
        ({"allowNewTimeProposals": False, "responseRequested": False}, {"comment": "Full."}, NO_RESPONSE),
    ],
)
async def test_a_refused_proposal_is_told_from_a_response_that_nobody_asked_for(
    sim: Simulator, graph: Graph, outlook: Graph, meeting_says: Json, reply: Json, refusal: str | None, verb: str
) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    body = meeting(attendees=[attendee(birch)], **meeting_says)
    event = await outlook.call("POST", f"/users/{ada}/events", body, expect=201)
    copy = await graph.copy(birch, event)
    answered = await graph.send("POST", f"/users/{birch}/events/{copy['id']}/{verb}", reply)
    if refusal is None:
        assert answered.status == 202
    else:
        assert (answered.status, answered.code, answered.message) == (400, "ErrorInvalidRequest", refusal)


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


async def settled(sim: Simulator, room: str) -> Json:
    """What the room holds once Exchange has done all of its work."""

    async def quiet() -> bool:
        return bool((await sim.ask("GET", "/quiet"))["quiet"])

    await eventually(quiet)
    [stored] = (await sim.ask("GET", f"/mailboxes/{room}/events"))["events"]
    found: Json = stored
    return found


async def test_what_a_room_accepted_by_itself_keeps_the_time_of_its_answer(
    sim: Simulator, graph: Graph, outlook: Graph
) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch", automate="AutoAccept")
    before = datetime.now(UTC)
    event = await outlook.invite(ada, birch)
    accepted = await settled(sim, birch)
    after = datetime.now(UTC)

    await sim.ask("PATCH", f"/mailboxes/{birch}", {"processing": {"automate": "AutoUpdate"}})
    await outlook.call("PATCH", f"/users/{ada}/events/{event['id']}", {"subject": "Renamed"})
    stored = await settled(sim, birch)

    copy = await graph.copy(birch, event)
    for shown in (accepted, stored, copy):
        assert shown["responseStatus"] == accepted["responseStatus"]
        assert shown["responseStatus"]["response"] == "accepted"
        assert before < moment(shown["responseStatus"]["time"]) < after
    assert moment(stored["lastModifiedDateTime"]) > after
    [row] = (await outlook.get(f"/users/{ada}/events/{event['id']}"))["attendees"]
    assert (row["status"]["response"], before < moment(row["status"]["time"]) < after) == ("accepted", True)


async def test_what_nobody_answered_has_no_time(sim: Simulator, graph: Graph, outlook: Graph) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    copy = await graph.copy(birch, await outlook.invite(ada, birch))
    assert copy["responseStatus"] == {"response": "notResponded", "time": "0001-01-01T00:00:00Z"}
