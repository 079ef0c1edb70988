"""What every test may ask for: real servers, a database of its own, and the simulated Microsoft 365."""

import pytest
from xdist.remote import Producer

from tests.support.scheduling import BySharedFixtures

pytest_plugins = ["tests.support.servers", "tests.support.simulator"]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharedFixtures:
    """Keep tests together that share what is slow to start."""
    return BySharedFixtures(config, log)
