"""Whether a page can be used by everybody, as far as axe-core can tell: WCAG 2.2, levels A and AA.

Source: https://github.com/dequelabs/axe-core/blob/develop/doc/API.md
"""

from collections.abc import Iterator, Mapping
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Page

_OPTIONS = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "resultTypes": ["violations"],
    # Off by itself, though it is the rule of 2.5.8 in WCAG 2.2.
    "rules": {"target-size": {"enabled": True}},
}


async def check_accessible(page: Page) -> None:
    """Raise AssertionError with everything on the page, as it is now, that breaks a rule of WCAG 2.2 AA."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(AXE_SCRIPT)
    found = await page.evaluate("(options) => axe.run(document, options)", _OPTIONS)
    assert not found["violations"], "\n".join([f"{page.url} is not accessible:", *_say(found["violations"])])


def _say(violations: list[Mapping[str, Any]]) -> Iterator[str]:
    for each in violations:
        yield f"  {each['id']} ({each['impact']}): {each['help']}; {each['helpUrl']}"
        for node in each["nodes"]:
            yield f"    {' '.join(map(str, node['target']))}: {node['html'][:200]}"
            yield f"      {node['failureSummary'].replace(chr(10), ' ')}"
