"""C20: approvers decide on the page of the link that they were mailed, whoever they are and whatever they use."""

from deploy.driver.approver import link_in
from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.looks import answered, asked
from deploy.driver.slots import slot
from tests.browser.browser_user import BrowserUser
from tests.browser.keyboard import press, tab_to
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers

pytestmark = on_real_servers

LONG = "Aurora" * 12
"""Without a space: what people call things has to break where the screen ends."""


async def asking_room(cast: Cast, *approvers: str) -> BookableRoom:
    room = await cast.room(LONG)
    people = [cast.approver(name).address for name in approvers]
    await cast.administrator.set_policy(room.space, "approval", {"when": "always", "approvers": people})
    return room


async def test_c20_a_question_is_approved_by_the_keyboard_alone_and_who_comes_second_is_told(
    cast: Cast, somebody: BrowserUser
) -> None:
    grace, hugo = cast.approver("grace"), cast.approver("hugo")
    room, when, ada, page = await asking_room(cast, "grace", "hugo"), slot(), await cast.user("ada"), somebody.page
    event = await ada.invite(f"Planning {LONG}", when, room.calendar)
    [graces], [hugos] = await grace.mails(), await hugo.mails()
    await page.goto(link_in(graces))
    await check_page(page)
    other = await page.context.new_page()
    await other.goto(link_in(hugos))

    await tab_to(page, page.get_by_label("What the organizer is told with your decision"))
    await page.keyboard.type("The keys are at the desk.")
    await press(page, page.get_by_role("button", name="Approve"))

    await page.get_by_text(f"This was approved by {grace.address}").wait_for()
    await page.get_by_text("The organizer was told: The keys are at the desk.").wait_for()
    await check_page(page)
    await answered(ada, event, room, "accepted")
    somebody.troubles.announce("status of 409")
    await press(other, other.get_by_role("button", name="Reject"))
    await other.get_by_role("heading", name="This could not be done.").wait_for()
    told = await other.get_by_role("paragraph").inner_text()
    assert told.startswith(f"This was approved by {grace.address}, ")
    assert told.endswith(" The first decision stands.")
    await check_page(other)
    [question] = await cast.administrator.questions(room.space)
    assert (question["state"], question["decided_by"]["subject"]) == ("approved", grace.address)


async def test_c20_a_question_about_a_private_meeting_is_rejected_by_the_keyboard_alone(
    cast: Cast, somebody: BrowserUser
) -> None:
    grace = cast.approver("grace")
    room, when, ada, page = await asking_room(cast, "grace"), slot(), await cast.user("ada"), somebody.page
    event = await ada.invite("Layoffs", when, room.calendar, sensitivity="private")
    [mail] = await grace.mails()
    await page.goto(link_in(mail))
    await page.get_by_text("The meeting is private, so nothing else of it is told.").wait_for()
    await check_page(page)

    await press(page, page.get_by_role("button", name="Reject"), "Space")

    await page.get_by_text(f"This was rejected by {grace.address}").wait_for()
    await check_page(page)
    await answered(ada, event, room, "declined")


async def test_c20_the_page_about_a_change_and_that_of_a_closed_question_are_for_everybody(
    cast: Cast, somebody: BrowserUser
) -> None:
    grace = cast.approver("grace")
    room, when, ada, page = await asking_room(cast, "grace"), slot(), await cast.user("ada"), somebody.page
    event = await ada.invite("Planning", when, room.calendar)
    [first] = await grace.mails()
    await ada.move(event, when.longer(minutes=30))
    _, second = await grace.mails(2)
    await page.goto(link_in(first))
    await page.get_by_text("so this question is closed").wait_for()
    await check_page(page)
    await grace.decide(second, "approve")
    await answered(ada, event, room, "accepted")

    await ada.move(event, when.longer(minutes=60))

    await asked(cast, room, when.longer(minutes=60))
    *_, third = await grace.mails(3)
    await page.goto(link_in(third))
    await page.get_by_text("Booked now").wait_for()
    await page.get_by_text("Asked for instead").wait_for()
    await check_page(page)
