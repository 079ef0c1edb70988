"""What Exchange makes of what it is given to store: subjects of 255 UTF-16 units at most, and whole seconds."""

import pytest

from deploy.driver.http import RequestRefused
from tests.contract.graphsim.graph import Graph, Json, attendee, eventually, meeting
from tests.support.simulator import Simulator

CAT = "\N{CAT FACE}"


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


async def stored_subject(sim: Simulator, graph: Graph, subject: str) -> str:
    room = await sim.add_room("Birch")
    made = await graph.call("POST", f"/users/{room}/events", meeting(subject), expect=201)
    [stored] = (await sim.ask("GET", f"/mailboxes/{room}/events"))["events"]
    assert made["subject"] == stored["subject"]
    return str(stored["subject"])


@pytest.mark.parametrize(
    ("subject", "kept"),
    [
        ("a" * 255, "a" * 255),
        ("a" * 256, "a" * 255),
        (CAT * 140, CAT * 127),
        ("a" + CAT * 127, "a" + CAT * 127),
        ("ab" + CAT * 127, "ab" + CAT * 126),
    ],
    ids=["fits", "too long", "half a pair is dropped", "pairs that fit", "half a pair at the cut"],
)
async def test_a_subject_is_cut_at_255_utf16_units(sim: Simulator, graph: Graph, subject: str, kept: str) -> None:
    assert await stored_subject(sim, graph, subject) == kept


async def test_a_longer_subject_of_the_same_beginning_changes_nothing(
    sim: Simulator, graph: Graph, outlook: Graph
) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    event = await outlook.invite(ada, birch, subject="a" * 300)
    copy = await graph.copy(birch, event)
    changed = await outlook.call("PATCH", f"/users/{ada}/events/{event['id']}", {"subject": "a" * 400})
    mails = (await sim.ask("GET", "/mails", mailbox=birch))["mails"]
    assert (copy["subject"], changed["subject"]) == ("a" * 255, "a" * 255)
    assert [(each["kind"], each["subject"]) for each in mails] == [("request", "a" * 255)]


async def test_what_exchange_puts_before_a_subject_is_cut_as_well(sim: Simulator, graph: Graph, outlook: Graph) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    event = await outlook.invite(ada, birch, subject="a" * 255)
    await graph.copy(birch, event)
    await outlook.call("POST", f"/users/{ada}/events/{event['id']}/cancel", {}, expect=202)

    async def look() -> Json | None:
        copy = await graph.copy(birch, event)
        return copy if copy["isCancelled"] else None

    cancelled = await eventually(look)
    assert cancelled is not None
    assert cancelled["subject"] == "Canceled: " + "a" * 245


async def test_the_same_long_event_again_is_the_same_transaction(sim: Simulator, graph: Graph) -> None:
    await sim.ask("PUT", "/options", {"duplicate_transaction_status": 201})
    room = await sim.add_room("Birch")
    body = meeting("a" * 300, transactionId="t-1")
    first, again = [await graph.call("POST", f"/users/{room}/events", body, expect=201) for _ in range(2)]
    assert again["id"] == first["id"]


@pytest.mark.parametrize("path", ["/overlays", "/options"])
async def test_another_limit_or_none_can_be_set(sim: Simulator, graph: Graph, path: str) -> None:
    async def limited(most: int | None) -> None:
        option = {"truncate_subjects": most}
        answer = await sim.ask("PUT", path, {"options": option} if path == "/overlays" else option)
        assert (answer["options"] if path == "/overlays" else answer)["truncate_subjects"] == most

    await limited(5)
    assert await stored_subject(sim, graph, "a" * 300) == "aaaaa"
    await limited(None)
    assert await stored_subject(sim, graph, "a" * 300) == "a" * 300
    assert (await sim.ask("PUT", "/overlays", {}))["options"] == {"truncate_subjects": None}
    await sim.reset()
    assert await stored_subject(sim, graph, "a" * 300) == "a" * 255


@pytest.mark.parametrize("options", [{"truncate_subjects": 0}, {"truncate_subjects": "few"}, {"colour": 1}])
async def test_an_impossible_limit_is_refused_and_the_overlays_stay(sim: Simulator, options: Json) -> None:
    room = await sim.add_room("Birch")
    await sim.ask("PUT", "/overlays", {"overlays": [{"mailbox": room}]})
    with pytest.raises(RequestRefused) as refused:
        await sim.ask("PUT", "/overlays", {"overlays": [], "options": options})
    assert refused.value.status == 400
    assert len((await sim.ask("PUT", "/overlays", {}))["overlays"]) == 1


async def test_fractions_of_a_second_are_dropped(sim: Simulator, graph: Graph, outlook: Graph) -> None:
    ada, birch = await sim.add_user("Ada"), await sim.add_room("Birch")
    times = {
        "start": {"dateTime": "2027-03-01T10:00:00.9999999", "timeZone": "UTC"},
        "end": {"dateTime": "2027-03-01T11:00:59.5000000", "timeZone": "UTC"},
    }
    event = await outlook.call(
        "POST", f"/users/{ada}/events", {**meeting(attendees=[attendee(birch)]), **times}, expect=201
    )
    copy = await graph.copy(birch, event)
    proposed = {"comment": "Later.", "proposedNewTime": times}
    await graph.call("POST", f"/users/{birch}/events/{copy['id']}/tentativelyAccept", proposed, expect=202)

    async def look() -> Json | None:
        [row] = (await outlook.get(f"/users/{ada}/events/{event['id']}"))["attendees"]
        found: Json | None = row.get("proposedNewTime")
        return found

    answered = await eventually(look)
    for shown in (event, copy, answered):
        assert shown is not None
        assert [shown[edge]["dateTime"] for edge in ("start", "end")] == [
            "2027-03-01T10:00:00.0000000",
            "2027-03-01T11:00:59.0000000",
        ]
