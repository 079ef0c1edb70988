"""A mail that somebody asks for on the bus reaches the mail server, once, whatever happens to that server."""

import smtplib
from uuid import uuid4

import aiohttp

from deploy.driver.cast import Cast
from deploy.driver.eventually import eventually
from deploy.driver.http import Json
from deploy.local.stack import LocalStack
from libs.contracts.messages import MailRequested
from libs.contracts.values import Person
from tests.system.bus import put_on_the_bus


def asked(*to: str) -> MailRequested:
    return MailRequested(
        mail_id=uuid4(),
        about="test.asked",
        to=tuple(Person(address=each, name=f"Grace {uuid4().hex}") for each in to),
        subject=f"Aurora für Ada: please decide ({uuid4().hex})",
        text="Ada asks for Aurora.\n",
        html="<p>Ada asks for <b>Aurora</b>.</p>\n",
    )


def somebody() -> str:
    return f"grace.{uuid4().hex[:8]}@contoso.example"


async def reached(cast: Cast, *to: str) -> list[Json]:
    """Wait until each of these people has a mail, and return all that they have."""

    async def all_have() -> list[Json]:
        mails = [each for address in to for each in await cast.tenant.mailed(address)]
        assert {each["to"] for each in mails} == set(to)
        return mails

    return await eventually(all_have)


async def test_a_mail_that_is_asked_for_twice_reaches_each_recipient_once(stack: LocalStack, cast: Cast) -> None:
    one, other, last = somebody(), somebody(), somebody()
    message = asked(one, other)
    for _ in range(2):
        await put_on_the_bus(stack, message)
    mails = await reached(cast, one, other)
    await put_on_the_bus(stack, message)
    await put_on_the_bus(stack, asked(last))
    await reached(cast, last)

    assert sorted(each["to"] for each in mails) == sorted([one, other])
    for each in mails:
        assert each["from"] == "rooms@contoso.example"
        assert each["subject"] == message.subject
        assert (each["text"], each["html"]) == (message.text, message.html)
        assert each["message_id"] == f"<{message.mail_id}@contoso.example>"
    assert len(await cast.tenant.mailed(one)) == len(await cast.tenant.mailed(other)) == 1
    logged = "".join(process.log.read_text() for process in stack.processes.values())
    assert str(message.mail_id) in logged
    for word in (*(word for each in message.to for word in (each.address, str(each.name))), message.subject):
        assert word not in logged


async def test_a_mail_outlives_a_mail_server_that_is_away_or_says_nothing(stack: LocalStack, cast: Cast) -> None:
    away, mute = somebody(), somebody()
    async with cast.tenant.mail_faring(faults=[{"at": "connect", "code": 421, "times": 2}]):
        await put_on_the_bus(stack, asked(away))
        assert len(await reached(cast, away)) == 1
    async with cast.tenant.mail_faring(drop_after_data=1):
        await put_on_the_bus(stack, asked(mute))
        await reached(cast, mute)

        async def twice_and_no_more() -> list[Json]:
            mails = await cast.tenant.mailed(mute)
            assert len(mails) == 2
            return mails

        first, second = await eventually(twice_and_no_more)
    assert first["message_id"] == second["message_id"]


async def test_it_says_where_mail_goes(stack: LocalStack, cast: Cast) -> None:
    told = stack.describe()["smtp"]
    address = somebody()
    await put_on_the_bus(stack, asked(address))
    await reached(cast, address)

    with smtplib.SMTP(told["host"], told["port"], timeout=10) as client:
        assert client.noop()[0] == 250
    async with aiohttp.ClientSession() as http, http.get(told["messages"], ssl=stack.endpoints.trust) as answer:
        shown = (await answer.json())["messages"]
    assert address in [each["to"] for each in shown]
