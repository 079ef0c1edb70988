"""C25, C29: who was declined books something else, or waits for the time, on the page of the link in the answer."""

from deploy.driver.cast import Cast
from deploy.driver.looks import accepted_meeting, booked
from deploy.driver.slots import slot
from tests.browser.browser_user import BrowserUser
from tests.browser.keyboard import press
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers
from tests.system.waiting import declined_meeting, make_room, offer_mailed, taken_room

pytestmark = on_real_servers


async def test_c29_another_room_is_booked_and_given_up_by_the_keyboard_alone(cast: Cast, somebody: BrowserUser) -> None:
    when, building, page = slot(), cast.prefix, somebody.page
    ada, ben = await cast.user("ada"), await cast.user("ben")
    room, other = await make_room(cast, building=building), await make_room(cast, building=building)
    await accepted_meeting(ada, room, when)
    _, link = await declined_meeting(cast, room, ben, when)
    await page.goto(link)
    await page.get_by_text("This can be booked now.").wait_for()
    await check_page(page)
    at_that_time = page.locator(f'button[value^="book {other.space["id"]} {when.start:%Y-%m-%dT%H}"]')

    await press(page, at_that_time)

    await page.get_by_text("It is booked for you.").wait_for()
    await page.get_by_text("Your meeting in Outlook still lists").wait_for()
    await check_page(page)
    [kept] = await booked(cast, other, when)
    assert kept["organizer"]["email"] == ben.address
    await press(page, page.get_by_role("button", name="Give this booking up"))
    await page.get_by_text("has been given up since").wait_for()
    await check_page(page)


async def test_c25_an_offer_is_waited_for_and_taken_by_the_keyboard_alone(cast: Cast, somebody: BrowserUser) -> None:
    when, page = slot(), somebody.page
    room, ada, first = await taken_room(cast, when)
    ben = await cast.user("ben")
    _, link = await declined_meeting(cast, room, ben, when)
    await page.goto(link)
    await press(page, page.get_by_role("button", name="Wait for it"))
    await page.get_by_text("You are on the waiting list").wait_for()
    await check_page(page)
    await ada.cancel(first)
    await page.goto(await offer_mailed(cast, ben))
    await page.get_by_text("It is held for you until").wait_for()
    await check_page(page)

    await press(page, page.get_by_role("button", name="Take it"))

    await page.get_by_text("and the room is booked for you.").wait_for()
    await check_page(page)
    [kept] = await booked(cast, room, when)
    assert kept["organizer"]["email"] == ben.address


async def test_c25_who_waits_no_longer_and_who_gives_an_offer_back_is_told_so(
    cast: Cast, somebody: BrowserUser
) -> None:
    when, page = slot(), somebody.page
    room, ada, first = await taken_room(cast, when)
    ben = await cast.user("ben")
    _, link = await declined_meeting(cast, room, ben, when)
    await page.goto(link)
    await press(page, page.get_by_role("button", name="Wait for it"))
    await press(page, page.get_by_role("button", name="Wait no longer"))
    await press(page, page.get_by_role("button", name="Wait for it"))
    await page.get_by_text("You are on the waiting list").wait_for()
    await ada.cancel(first)
    await page.goto(await offer_mailed(cast, ben))

    await press(page, page.get_by_role("button", name="I no longer need it"))

    await page.get_by_text("This offer was given back").wait_for()
    await check_page(page)
    await booked(cast, room)
