"""A page used by the keyboard alone: everything is reached by Tab, and one sees where one is."""

from typing import Any

from playwright.async_api import Locator, Page

_FIND = """() => {
    const root = document.querySelector("dialog:modal") ?? document;
    const kinds = "a[href], button, input, select, textarea, summary, iframe, [tabindex], [contenteditable]";
    const shown = (each) => each.checkVisibility({visibilityProperty: true}) && each.getClientRects().length > 0;
    const alike = (each) => each.type === "radio" ? each.name : null;
    const found = [...root.querySelectorAll(kinds)].filter((each) =>
        !each.disabled && each.tabIndex >= 0 && !each.closest("[inert]") && shown(each));
    // Of radio buttons with one name, Tab reaches one.
    window.reachable = found.filter((each, at) =>
        alike(each) === null || found.findIndex((other) => alike(other) === alike(each)) === at);
    document.activeElement?.blur();
    return window.reachable.map((each) => each.outerHTML.slice(0, 120));
}"""

_LOOK = """() => {
    const focused = document.activeElement;
    if (focused === null || focused === document.body) return null;
    const at = window.reachable.findIndex((each) =>
        each === focused || (each.type === "radio" && focused.type === "radio" && each.name === focused.name));
    const style = getComputedStyle(focused), box = focused.getBoundingClientRect();
    const hasOutline = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const isMarked = hasOutline || style.boxShadow !== "none";
    const corners = [[box.left + 2, box.top + 2], [box.right - 2, box.bottom - 2],
        [box.left + box.width / 2, box.top + box.height / 2]];
    const isInSight = corners.some(([x, y]) => focused.contains(document.elementFromPoint(x, y)));
    return {at, isMarked, isInSight, what: focused.outerHTML.slice(0, 120)};
}"""


async def check_keyboard(page: Page) -> None:
    """Raise AssertionError unless Tab reaches all that can be used, each visibly and with nothing lying over it.

    Inside an open dialog, that is all of the dialog. Where the focus was is lost.
    """
    wanted: list[str] = await page.evaluate(_FIND)
    reached: set[int] = set()
    wrong: list[str] = []
    for _ in range(2 * len(wanted) + 2):
        if len(reached) == len(wanted):
            break
        await page.keyboard.press("Tab")
        seen: dict[str, Any] | None = await page.evaluate(_LOOK)
        if seen is None or seen["at"] in reached:
            continue
        reached.add(seen["at"])
        wrong += [] if seen["isMarked"] else [f"nothing marks the focus: {seen['what']}"]
        wrong += [] if seen["isInSight"] else [f"something lies over what has the focus: {seen['what']}"]
    wrong += [f"Tab never reaches it: {each}" for at, each in enumerate(wanted) if at not in reached]
    assert not wrong, "\n  ".join([f"{page.url} cannot be used by the keyboard alone:", *wrong])


async def tab_to(page: Page, target: Locator, *, within: int = 60) -> None:
    """Press Tab until one is at `target`. Raises AssertionError, with where one came by, after so many times."""
    passed = []
    for _ in range(within):
        if await target.evaluate("(each) => each === document.activeElement"):
            return
        await page.keyboard.press("Tab")
        passed.append(await page.evaluate("document.activeElement?.outerHTML.slice(0, 80)"))
    raise AssertionError("Tab did not come there, but by:\n  " + "\n  ".join(map(str, passed)))


async def press(page: Page, target: Locator, key: str = "Enter") -> None:
    """Go to a button or link by the keyboard, and press it."""
    await tab_to(page, target)
    await page.keyboard.press(key)
