"""A browser for each process of a run, and somebody new at it for each test."""

import os
import re
from collections.abc import AsyncIterator, Generator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, async_playwright

from deploy.local.chromium import NoChromium, bring_chromium
from deploy.local.options import Mode
from deploy.local.stack import LocalStack
from tests.browser.browser_user import BrowserUser, at_a_browser, start_browser

KEPT = Path(__file__).parents[2] / ".local" / "browser"
INSTALLING_S = 300
"""How long the first test may take, because it may have to wait for Chromium to be installed."""

_HERE = Path(__file__).parent
_HAS_FAILED = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give time to install what is missing, unless a test says how long it may take."""
    for item in items:
        if item.path.is_relative_to(_HERE) and item.get_closest_marker("timeout") is None:
            item.add_marker(pytest.mark.timeout(INSTALLING_S))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say with a failure where the pages of the test are kept, which happens after it."""
    report = yield
    if report.when == "call" and report.failed and "somebody" in getattr(item, "fixturenames", ()):
        item.stash[_HAS_FAILED] = True
        report.sections.append(("What the browser showed", f"Pictures and HTML are in {evidence_of(item)}"))
    return report


def evidence_of(item: pytest.Item) -> Path:
    """Return the directory where the pages of a test are kept if it fails; the next run overwrites them."""
    return KEPT / re.sub(r"[^A-Za-z0-9_.-]+", "-", f"{item.path.stem}-{item.name}").strip("-")


@pytest_asyncio.fixture(scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """Debian's Chromium. Tests are skipped where none can be had, unless ``STACK=real`` says that it must."""
    try:
        program = await bring_chromium(tmp_path_factory.mktemp("chromium"), print)
    except NoChromium as missing:
        if os.environ.get("STACK") == Mode.REAL:
            raise
        pytest.skip(str(missing))
    async with async_playwright() as playwright:
        chromium = await start_browser(playwright, program)
        yield chromium
        await chromium.close()


@pytest_asyncio.fixture
async def somebody(browser: Browser, stack: LocalStack, request: Any) -> AsyncIterator[BrowserUser]:
    """Somebody with a browser, who may go wherever the running system has pages."""
    async with at_a_browser(browser, stack.policy_url, evidence=evidence_of(request.node)) as user:
        yield user
        if request.node.stash.get(_HAS_FAILED, False):
            await user.keep()
