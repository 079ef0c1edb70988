"""How a page looks: on small and wide screens, in the dark, and to those whom motion makes sick."""

from typing import Any

from playwright.async_api import Page

from tests.browser.accessible import check_accessible
from tests.browser.browser_user import USUAL_SIZE
from tests.browser.keyboard import check_keyboard

NARROWEST, WIDEST = 320, 2560
"""The width of 1280 at a zoom of 400 %, which WCAG 1.4.10 asks for, and that of a wide screen."""

WIDTHS = (NARROWEST, 768, 1280, WIDEST)

_OVERFLOW = """() => {
    const page = document.scrollingElement, width = page.clientWidth;
    if (page.scrollWidth <= width) return null;
    const sticksOut = (each) => each.getBoundingClientRect().right > width + 1;
    const over = [...document.body.querySelectorAll("*")].filter(sticksOut);
    return {has: page.scrollWidth, over: over.slice(0, 5).map((each) => each.outerHTML.slice(0, 120))};
}"""


async def check_page(page: Page) -> None:
    """Raise AssertionError unless the page, as it is now, can be used by everybody on every screen.

    Waits for what is being loaded, because the old list is dimmed until then. The page is left in light colours at the
    usual size, with the focus anywhere.
    """
    await page.locator(".htmx-request").first.wait_for(state="detached")
    await in_the_dark(page)
    await at_width(page, NARROWEST)
    await check_accessible(page)
    await in_the_light(page)
    await at_width(page, USUAL_SIZE["width"])
    await check_accessible(page)
    await check_keyboard(page)
    await check_stands_still(page)
    await check_widths(page)


async def check_widths(page: Page) -> None:
    """Raise AssertionError if the page has to be scrolled sideways at any width from 320 to 2560 px."""
    for width in WIDTHS:
        await at_width(page, width)
        await check_no_sideways_scrolling(page)
    await at_width(page, USUAL_SIZE["width"])


async def check_no_sideways_scrolling(page: Page) -> None:
    """Raise AssertionError, with what sticks out, if the page is wider than its window."""
    found: dict[str, Any] | None = await page.evaluate(_OVERFLOW)
    width = await page.evaluate("innerWidth")
    assert found is None, "\n  ".join([f"{page.url} is {found['has']} px wide at {width} px:", *found["over"]])


async def check_stands_still(page: Page) -> None:
    """Raise AssertionError if something moves for somebody who asks that nothing does. Motion is permitted again."""
    await page.emulate_media(reduced_motion="reduce")
    moving = await page.evaluate("document.getAnimations().map((each) => each.effect.target.outerHTML.slice(0, 120))")
    await page.emulate_media(reduced_motion="no-preference")
    assert not moving, "\n  ".join([f"{page.url} moves though that is not wanted:", *moving])


async def at_width(page: Page, width: int) -> None:
    """Show the page in a window of this width."""
    await page.set_viewport_size({"width": width, "height": USUAL_SIZE["height"]})


async def in_the_dark(page: Page) -> None:
    """Show the page to somebody who prefers dark colours."""
    await page.emulate_media(color_scheme="dark")


async def in_the_light(page: Page) -> None:
    """Show the page to somebody who prefers light colours."""
    await page.emulate_media(color_scheme="light")
