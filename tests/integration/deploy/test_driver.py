"""What the driver changes in the simulated tenant for a while is as it was before afterwards."""

from typing import Any

import pytest

from tests.support.simulator import Simulator


class Spoilt(Exception):
    """The test inside failed."""


@pytest.mark.parametrize(
    ("kind", "before", "meanwhile"),
    [
        ("delivery", {"silence": False, "delay_ms": [5, 10]}, {"silence": True}),
        ("options", {"mail_delay": [0.1, 0.2]}, {"mail_delay": [0, 0]}),
        ("limits", {"latency_ms": 3, "concurrency": 7}, {"latency_ms": 20}),
    ],
)
@pytest.mark.parametrize("ends", ["well", "badly"])
async def test_settings_are_as_before_once_a_bad_day_ends(
    simulator: Simulator, kind: str, before: dict[str, Any], meanwhile: dict[str, Any], ends: str
) -> None:
    await simulator.reset()
    untouched = await simulator.ask("PUT", f"/{kind}", before)

    try:
        async with getattr(simulator, kind)(**meanwhile):
            spoilt = await simulator.ask("PUT", f"/{kind}", {})
            if ends == "badly":
                raise Spoilt
    except Spoilt:
        pass

    assert spoilt == {**untouched, **meanwhile}
    assert await simulator.ask("PUT", f"/{kind}", {}) == untouched
    await simulator.reset()
