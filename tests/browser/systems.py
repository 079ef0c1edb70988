"""On which running system pages are tried: real servers only, because a browser sees no difference."""

import pytest

from deploy.local.options import Mode

on_real_servers = pytest.mark.parametrize("stack", [pytest.param(Mode.REAL, id="real")], indirect=True)
"""Shares the system that tests of the whole system use in the same process; set it as `pytestmark` of a module."""
