"""Run each test of a kind of rule once for each row of its table."""

import pytest

from tests.unit.policy.policies.tables import OfKind

_ROW = "_row"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.cls is None or not issubclass(metafunc.cls, OfKind):
        return
    for name in metafunc.fixturenames:
        if name.endswith(_ROW):
            metafunc.parametrize(name, getattr(metafunc.cls, name.removesuffix(_ROW)))
