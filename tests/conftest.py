"""What every test may ask for: real servers, a database of its own, and the simulated Microsoft 365."""

from collections.abc import Iterable

import pytest

pytest_plugins = ["tests.support.servers", "tests.support.simulator"]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: Iterable[pytest.Item]) -> None:
    """Keep together, where tests are spread over processes, what shares a system, or else a module's fixtures."""
    for item in items:
        mode = _mode_of(item)
        item.add_marker(pytest.mark.xdist_group(f"system {mode}" if mode else item.nodeid.partition("::")[0]))


def _mode_of(item: pytest.Item) -> str | None:
    """Return the mode of the running system that a test of `tests/system` uses."""
    callspec = getattr(item, "callspec", None)
    modes = callspec.params if callspec is not None else {}
    found = modes.get("stack") or modes.get("sweeping_stack")
    return None if found is None else str(found)
