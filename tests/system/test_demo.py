"""What `make demo` plays holds, scene by scene."""

import io

import pytest
from rich.console import Console

from deploy.demo.scenes import SCENES, Scene, a2, a3
from deploy.demo.story import ScenePlayed, Story, closing_table
from deploy.driver.cast import Cast


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "scene", SCENES, ids=[f"{number}-{scene.play.__name__}" for number, scene in enumerate(SCENES)]
)
async def test_a_scene_of_the_demo_holds_and_is_told(swept_cast: Cast, scene: Scene) -> None:
    told = io.StringIO()
    story = Story(Console(file=told, width=120), scene.number, scene.title)

    story.opens()
    await scene.play(swept_cast, story)

    lines = told.getvalue()
    assert scene.title in lines
    assert "Outlook" in lines
    assert "ledger" in lines
    assert story.slowest_s > 0


async def test_the_demo_tells_what_speaks_against_a_meeting_and_what_would_fit(swept_cast: Cast) -> None:
    told = io.StringIO()
    console = Console(file=told, width=200)

    await a2(swept_cast, Story(console, "A2", ""))
    await a3(swept_cast, Story(console, "A3", ""))

    lines = " ".join(told.getvalue().replace("│", " ").split())
    assert "It is taken by Ada" in lines
    assert "The next free time of this room is" in lines
    assert "Orion can be booked for 1 hour at most, and this lasts 2 hours." in lines
    assert "Orion can be booked 2 days ahead at most, and this is 5 days ahead" in lines


def test_a_scene_that_does_not_hold_is_named_in_the_closing_table() -> None:
    told = io.StringIO()
    played = [
        ScenePlayed("A1", "A room is booked", 1.2, None),
        ScenePlayed("A2", "A slot is taken", 3.4, "nothing [came]"),
    ]

    Console(file=told, width=120).print(closing_table(played))

    assert "no: nothing [came]" in told.getvalue()
    assert "1.2 s" in told.getvalue()
