"""Somebody who is asked by mail whether a space may be booked, and decides on the page of the link in it."""

import re
from dataclasses import dataclass

import aiohttp

from deploy.driver.eventually import WITHIN_S, eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.driver.tenant import SimulatedTenant

_LINK = re.compile(r"^https?://\S+/links/\S+$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Approver:
    """A person by their mail address."""

    tenant: SimulatedTenant
    address: str

    async def mails(self, count: int = 1, within_s: float = WITHIN_S) -> list[Json]:
        """Wait until they have exactly so many mails, and return them, oldest first."""

        async def look() -> list[Json]:
            found = await self.tenant.mailed(self.address)
            expect(len(found) == count, f"{len(found)} mails reached {self.address}, not {count}")
            return found

        return await eventually(look, within_s=within_s)

    async def open(self, mail: Json) -> str:
        """Open the link of a mail and return what its page says. Raises RequestRefused for any status from 400 on."""
        return await _browse("GET", link_in(mail))

    async def decide(self, mail: Json, action: str, comment: str = "") -> str:
        """Press `approve` or `reject` on the page of a mail's link; return what it says then. Raises as `open`."""
        return await _browse("POST", link_in(mail), {"action": action, "comment": comment})


def link_in(mail: Json) -> str:
    """Return the one link in the text of a mail. Raises LookupError if it has none or several."""
    found = _LINK.findall(mail["text"])
    if len(found) != 1:
        raise LookupError(f"the mail has {len(found)} links")
    return str(found[0])


async def _browse(method: str, link: str, form: dict[str, str] | None = None) -> str:
    async with aiohttp.ClientSession() as browser, browser.request(method, link, data=form) as answer:
        text = await answer.text()
        if answer.status >= 400:
            raise RequestRefused(answer.status, {"page": text}, f"{method} of a link")
        return text
