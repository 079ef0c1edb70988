"""Links that do not work say why, and the pages of links run and load nothing that is not theirs."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

from deploy.local.stack import LocalStack
from services.policy.core.links import PATH, Link, LinkPurpose, LinkSigner
from tests.browser.browser_user import BrowserUser
from tests.browser.looking import check_page
from tests.browser.systems import on_real_servers

pytestmark = on_real_servers

RUN_AND_LOAD = """() => {
    document.body.append(Object.assign(document.createElement("script"), {textContent: "document.title = 'run'"}));
    document.body.append(Object.assign(document.createElement("img"), {src: "/favicon.ico", alt: ""}));
    document.querySelector("h1").setAttribute("style", "color: red");
}"""


def link_about(purpose: LinkPurpose, stack: LocalStack, *, expires_in: timedelta) -> str:
    """Return a link about something that there is not, signed as the system signs."""
    secret = (stack.secrets_dir / "roomsync_link_secrets").read_text()
    link = Link(purpose, uuid4(), "grace@contoso.example", datetime.now(UTC) + expires_in)
    return LinkSigner(stack.policy_url, [secret]).url_of(link)


async def test_a_link_about_what_is_not_there_any_more_says_so(somebody: BrowserUser, stack: LocalStack) -> None:
    somebody.troubles.announce("status of 404")

    for purpose in LinkPurpose:
        await somebody.page.goto(link_about(purpose, stack, expires_in=timedelta(hours=1)))
        await somebody.page.get_by_text("This link is for something that is not there any more.").wait_for()

    await check_page(somebody.page)


async def test_a_link_that_was_cut_off_or_has_expired_says_so(somebody: BrowserUser, stack: LocalStack) -> None:
    page, troubles = somebody.page, somebody.troubles
    troubles.announce("status of 404")
    troubles.announce("status of 410")

    await page.goto(f"{stack.policy_url}{PATH}cut-off")
    await page.get_by_text("Copy the whole link from the message").wait_for()
    await check_page(page)

    await page.goto(link_about(LinkPurpose.DECIDE_QUESTION, stack, expires_in=-timedelta(minutes=1)))
    await page.get_by_role("heading", name="This link has expired.").wait_for()
    await check_page(page)


async def test_the_pages_of_links_run_and_load_nothing(somebody: BrowserUser, stack: LocalStack) -> None:
    page, troubles = somebody.page, somebody.troubles
    troubles.announce("status of 404")
    await page.goto(f"{stack.policy_url}{PATH}cut-off")
    title = await page.title()

    await page.evaluate(RUN_AND_LOAD)
    await somebody.settle()

    breaches = "\n".join(each for each in troubles.take() if each.startswith("Content-Security-Policy"))
    assert "script-src-elem forbids inline" in breaches
    assert "img-src forbids" in breaches
    assert "style-src-attr forbids inline" in breaches
    assert await page.title() == title
