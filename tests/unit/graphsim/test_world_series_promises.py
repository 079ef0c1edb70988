"""Whatever is done to a series and its dates, on either side: when the mail is in, the two sides tell one story."""

from random import Random

import pytest

from tests.graphsim.exchange.world import World
from tests.unit.graphsim.conftest import ADA, BIRCH, set_options
from tests.unit.graphsim.outlook import Json, Outlook, answers
from tests.unit.graphsim.series import FIVE_TUESDAYS, WEEKLY, answer_of, at, change, day_of, instances, repeated

ACTS = ("rename", "move", "drop", "answer", "rename all", "move all", "cut")


async def act(outlook: Outlook, chance: Random, series: Json) -> None:
    """Do one thing to a date or to the whole, as far as there is something to do it to."""
    what = chance.choice(ACTS)
    hour = chance.randint(0, 20)
    if what == "rename all":
        await change(outlook, ADA, series, subject=f"Plan {hour}")
    elif what == "move all":
        await change(outlook, ADA, series, **at(1, (hour, hour + 1)))
    elif what == "cut":
        await change(outlook, ADA, series, recurrence=repeated(WEEKLY, numberOfOccurrences=chance.randint(3, 7)))
    elif what == "answer":
        await answer(outlook, chance, series)
    elif owned := await instances(outlook, ADA, series):
        date = chance.choice(owned)
        if what == "rename":
            await change(outlook, ADA, date, subject=f"Date {hour}")
        elif what == "move":
            day = date["start"]["dateTime"][:11]
            times = (f"{day}{hour:02d}:00:00", f"{day}{hour + 1:02d}:00:00")
            edges = ({"dateTime": each, "timeZone": "UTC"} for each in times)
            await change(outlook, ADA, date, **dict(zip(("start", "end"), edges, strict=True)))
        else:
            await outlook.call("DELETE", f"{ADA}/events/{date['id']}", expect=204)


async def answer(outlook: Outlook, chance: Random, series: Json) -> None:
    copy = await outlook.find(BIRCH, series["iCalUId"])
    if copy is None:
        return
    target = chance.choice([copy, *await instances(outlook, BIRCH, copy)])
    verbs = ["accept", "tentativelyAccept", *([] if target is copy else ["decline"])]
    path = f"/v1.0/users/{BIRCH}/events/{target['id']}/{chance.choice(verbs)}"
    async with outlook.client.post(path, json={}) as response:
        # The date may be gone, or called off, since it was looked at.
        assert response.status in {202, 400, 404}


@pytest.mark.parametrize("seed", range(25))
async def test_both_sides_of_a_series_agree_when_the_mail_is_in(outlook: Outlook, world: World, seed: int) -> None:
    chance = Random(seed)
    # Slow enough for messages to cross on their way.
    set_options(world, mail_delay=(0.005, 0.03), response_delay=(0, 0.01))
    series = await outlook.invite(ADA, BIRCH, recurrence=FIVE_TUESDAYS)
    copy = await outlook.copy(BIRCH, series)
    for _ in range(12):
        await act(outlook, chance, series)
        if chance.random() < 0.5:
            await outlook.quiet()

    await outlook.quiet()

    theirs = {day_of(each): each for each in await instances(outlook, ADA, series)}
    ours = {day_of(each): each for each in await instances(outlook, BIRCH, copy)}
    assert [(day, each["subject"], each["start"]) for day, each in ours.items()] == [
        (day, each["subject"], each["start"]) for day, each in theirs.items() if day in ours
    ]
    said = {day: answers(each)[BIRCH] for day, each in theirs.items()}
    assert {day for day in theirs if day not in ours} <= {day for day, each in said.items() if each == "declined"}
    for day, each in ours.items():
        # A declined date that was changed since is there again, unanswered; the organizer keeps what was said last.
        assert answer_of(each) == said[day].replace("none", "notResponded") or (said[day], answer_of(each)) == (
            "declined",
            "notResponded",
        )
