"""The simulator as a process: many callers at once, a short memory, and a quiet end."""

import asyncio
from pathlib import Path

import pytest
import trustme
from yarl import URL

from tests.contract.graphsim.graph import Graph, attendee, eventually, meeting
from tests.contract.graphsim.microsoft import application_token
from tests.contract.graphsim.receiver import Receiver, open_receiver
from tests.contract.graphsim.subscribing import subscribed
from tests.support.simulator import Simulator, start_simulator


async def test_many_people_can_invite_many_rooms_at_once(sim: Simulator, graph: Graph, outlook: Graph) -> None:
    await sim.ask("PUT", "/options", {"mail_delay": [0, 0.05]})
    rooms = [await sim.add_room(f"Room {number}") for number in range(10)]
    people = [await sim.add_user(f"Person {number}") for number in range(10)]
    events = await asyncio.gather(
        *(
            outlook.invite(person, room, subject=f"{number} {index}", day=1 + number)
            for number, person in enumerate(people)
            for index, room in enumerate(rooms)
        )
    )

    async def look() -> bool:
        return bool((await sim.ask("GET", "/quiet"))["quiet"])

    await eventually(look)
    held = [event["iCalUId"] for room in rooms for event in (await graph.get(f"/users/{room}/events?$top=50"))["value"]]
    assert sorted(held) == sorted(event["iCalUId"] for event in events)
    assert len({event["id"] for event in events}) == 100


async def test_of_many_writers_of_one_state_one_wins(sim: Simulator, outlook: Graph) -> None:
    room = await sim.add_room("Birch")
    event = await outlook.call("POST", f"/users/{room}/events", meeting(), expect=201)
    path, same = f"/users/{room}/events/{event['id']}", {"If-Match": event["@odata.etag"]}
    replies = await asyncio.gather(
        *(outlook.send("PATCH", path, {"subject": str(number)}, same) for number in range(20))
    )
    assert sorted(reply.status for reply in replies) == [200] + [412] * 19
    [won] = [reply for reply in replies if reply.status == 200]
    assert (await outlook.get(path))["subject"] == won.body["subject"]


async def test_one_transaction_sent_many_times_at_once_makes_one_event(sim: Simulator, outlook: Graph) -> None:
    room = await sim.add_room("Birch")
    body = meeting(transactionId="once")
    replies = await asyncio.gather(*(outlook.send("POST", f"/users/{room}/events", body) for _ in range(20)))
    assert sorted(reply.status for reply in replies) == [201] + [409] * 19
    assert len((await outlook.get(f"/users/{room}/events"))["value"]) == 1


async def test_the_log_goes_back_as_far_as_told(tmp_path: Path) -> None:
    async with start_simulator(tmp_path, calls_kept=3) as sim:
        graph = Graph(sim.http, sim.base_url, await sim.outlook_token())
        room = await sim.add_room("Birch")
        for number in range(5):
            await graph.get(f"/users/{room}/events?$top={number + 1}")
        answer = await sim.ask("GET", "/requests")
    assert [each["query"] for each in answer["requests"]] == ["$top=3", "$top=4", "$top=5"]
    assert answer["forgotten"] == 2


@pytest.mark.parametrize("trouble", ["nothing", "work"])
async def test_it_ends_without_a_word_when_told_to(tmp_path: Path, webhook_authority: trustme.CA, trouble: str) -> None:
    """Also with calls, mail, notifications and repeated deliveries under way."""
    webhook_ca = tmp_path / "webhook_ca.pem"
    webhook_authority.cert_pem.write_to_path(webhook_ca)
    async with (
        open_receiver(webhook_authority) as receiver,
        start_simulator(tmp_path, webhook_ca=webhook_ca) as sim,
    ):
        waiting = None
        if trouble == "work":
            waiting = await busy(sim, Graph(sim.http, sim.base_url, application_token(sim)), receiver)
        sim.process.terminate()
        assert await asyncio.wait_for(sim.process.wait(), 8) == 0
        if waiting is not None:
            await asyncio.gather(waiting, return_exceptions=True)
    assert (tmp_path / "stderr.log").read_text() == ""


async def busy(sim: Simulator, graph: Graph, receiver: Receiver) -> "asyncio.Task[object]":
    """Have everything under way at once; the task is a call that will not be answered in time."""
    room = await sim.add_room("Birch")
    await subscribed(graph, room, receiver)
    receiver.answers += [503] * 100
    await sim.ask("PUT", "/options", {"mail_delay": [30, 30]})
    await sim.ask("PUT", "/access", {"scope": "all"})
    ada = await sim.add_user("Ada")
    await graph.call("POST", f"/users/{ada}/events", meeting(attendees=[attendee(room)]), expect=201)
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await receiver.received(1)
    await sim.ask("PUT", "/delivery", {"delay_ms": [30_000, 30_000]})
    await graph.call("POST", f"/users/{room}/events", meeting(), expect=201)
    await sim.ask("PUT", "/faults", [{"effect": {"delay_ms": 30_000}}])
    waiting: asyncio.Task[object] = asyncio.create_task(graph.send("GET", f"/users/{room}/events"))

    async def look() -> bool:
        return bool((await sim.ask("GET", "/requests"))["high_water"])

    await eventually(look)
    return waiting


async def test_it_is_still_trusted_after_a_restart(tmp_path: Path) -> None:
    async with start_simulator(tmp_path) as first:
        known = (first.ca.read_bytes(), first.client_secret, first.certificate_file.read_bytes())
        token = await first.outlook_token()
    async with start_simulator(tmp_path, port=URL(first.base_url).port) as second:
        assert (second.ca.read_bytes(), second.client_secret, second.certificate_file.read_bytes()) == known
        room = await second.add_room("Birch")
        assert (await Graph(second.http, second.base_url, token).send("GET", f"/users/{room}")).status == 200
