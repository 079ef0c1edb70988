"""A connection of a test's own, whose credentials are put into the services' directory and registered in Entra."""

import json
from contextlib import suppress
from dataclasses import dataclass, field

from deploy.driver.cast import BookableRoom, Cast
from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Json, RequestRefused
from deploy.local.stack import LocalStack

UNTIL_LOOKED_S = 20
"""The files of credentials are looked at every few seconds, and a refused one is asked about every ten."""


@dataclass(frozen=True, slots=True)
class TestedConnection:
    """A connection named after the prefix of its cast, which tests act on as administrators of both systems do.

    `registered` are the ids in Entra of what was registered, by the names of the files.
    """

    __test__ = False  # the name is no test's

    cast: Cast
    stack: LocalStack
    registered: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.cast.prefix}-tenant"

    def file(self, name: str) -> str:
        """The name of a file that no other test has."""
        return f"{self.cast.prefix}-{name}"

    async def connect(self, *names: str) -> None:
        """Add the connection, with the credentials of these names."""
        known = (await self.cast.administrator.api.get("/v1/connections"))["items"]
        like = next(each for each in known if each["name"] == "simulator")
        body = {each: like[each] for each in ("cloud", "tenant_id", "client_id", "own_domains")}
        await self.cast.administrator.add_connection(self.name, **body, credentials=list(map(self.file, names)))

    async def use(self, *names: str) -> None:
        """Have the connection name these credentials."""
        await self.cast.administrator.change_connection(self.name, credentials=list(map(self.file, names)))

    async def room(self, name: str = "room") -> BookableRoom:
        return await self.cast.room(name, connection=self.name)

    async def put_secret(self, name: str, expires: str = "2099-01-01") -> None:
        """Make a new secret in Entra, and put it into the file of this name in place of what is there."""
        added = await self.cast.tenant.add_credential(kind="secret")
        self.registered[name] = added["id"]
        self.put(name, json.dumps({"secret": added["secret"], "expires": expires}))

    async def put_certificate(self, name: str, pem: str) -> None:
        """Register a certificate in Entra, and put it into the file of this name with its key."""
        self.registered[name] = (await self.cast.tenant.add_credential(kind="certificate", pem=pem))["id"]
        self.put(name, pem)

    def put(self, name: str, text: str) -> None:
        """Replace the file at once, as an orchestrator does."""
        path = self.stack.secrets_dir / self.file(name)
        new = path.with_suffix(".new")
        new.write_text(text)
        new.rename(path)

    async def revoke(self, credential_id: str) -> None:
        """Revoke a credential in Entra; nothing is got with it any more, and no token of before counts either."""
        with suppress(RequestRefused):
            await self.cast.tenant.revoke_credential(credential_id)
        await self.cast.tenant.revoke_tokens()

    async def shown(self) -> dict[str, Json]:
        """How the API shows each credential."""
        items = (await self.cast.administrator.api.get("/v1/connections"))["items"]
        found = next(each for each in items if each["name"] == self.name)
        return {each["name"].removeprefix(f"{self.cast.prefix}-"): each for each in found["credential_states"]}

    async def findings(self) -> dict[str, Json]:
        """What is found about the connection, by code."""
        found = await self.cast.administrator.findings()
        return {each["code"]: each for each in found if self.name in each["subject"]}

    async def in_use(self, name: str) -> None:
        """Wait until this credential is the one that is used."""

        async def look() -> None:
            shown = await self.shown()
            expect([each for each, state in shown.items() if state["in_use"]] == [name], shown)

        await eventually(look, within_s=UNTIL_LOOKED_S)

    async def found(self, *codes: str, within_s: float = UNTIL_LOOKED_S) -> dict[str, Json]:
        """Wait until exactly these findings stand about the connection, and return them."""

        async def look() -> dict[str, Json]:
            found = await self.findings()
            expect(sorted(found) == sorted(codes), found)
            return found

        return await eventually(look, within_s=within_s)
