"""What every test may ask for: real servers, a database of its own, the simulated Microsoft 365, a running system."""

import os

import pytest
from hypothesis import settings
from xdist.remote import Producer

from tests.support.scheduling import BySharedFixtures, number_of_processes

# A busy machine may take any time for one example; what takes too long is a matter of the benchmark.
settings.register_profile("any machine", deadline=None)
settings.load_profile("any machine")

pytest_plugins = ["tests.support.servers", "tests.support.simulator", "tests.support.stacks"]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> BySharedFixtures:
    """Keep tests together that share what is slow to start."""
    return BySharedFixtures(config, log)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Say what `-n auto` means here; the variable of xdist that says so takes precedence."""
    return None if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS") else number_of_processes()
