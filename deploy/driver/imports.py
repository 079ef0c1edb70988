"""Imports of rooms, as an administrator begins and watches them."""

from dataclasses import dataclass
from typing import Any

from deploy.driver.eventually import eventually, expect
from deploy.driver.http import Http, Json

ENDED = ("finished", "failed")


@dataclass(frozen=True, slots=True)
class Imports:
    """The imports of a running system, through its HTTP API."""

    api: Http

    async def begin(self, **wanted: Any) -> Json:  # noqa: ANN401
        """Begin an import or a rehearsal. Raises RequestRefused."""
        begun: Json = (await self.api.send("POST", "/v1/imports", body=wanted)).body
        return begun

    async def read(self, import_id: str) -> Json:
        """Read one import as it is now."""
        found: Json = await self.api.get(f"/v1/imports/{import_id}")
        return found

    async def ended(self, import_id: str, *, within_s: float = 30) -> Json:
        """Wait until an import has ended, and return it."""

        async def look() -> Json:
            found = await self.read(import_id)
            expect(found["state"] in ENDED, f"the import is {found['state']}: {found}")
            return found

        return await eventually(look, within_s=within_s)

    async def items(self, import_id: str, **wanted: str) -> list[Json]:
        """List what became of each event and reservation, in the order in which it was decided."""
        path, query = f"/v1/imports/{import_id}/items", {"limit": "200", **wanted}
        page = await self.api.get(path, **query)
        items: list[Json] = page["items"]
        while page["next"] is not None:
            page = await self.api.get(path, **query, cursor=page["next"])
            items += page["items"]
        return items

    async def rooms(self, import_id: str) -> list[Json]:
        """List the rooms of an import by name, 200 at most."""
        items: list[Json] = (await self.api.get(f"/v1/imports/{import_id}/rooms", limit="200"))["items"]
        return items

    async def pause(self, import_id: str) -> Json:
        """Pause an import. Raises RequestRefused, with status 409 if it has ended."""
        paused: Json = (await self.api.send("POST", f"/v1/imports/{import_id}/pause", body=None)).body
        return paused

    async def resume(self, import_id: str) -> Json:
        """Resume an import. Raises RequestRefused, with status 409 if nothing in it can be tried again."""
        resumed: Json = (await self.api.send("POST", f"/v1/imports/{import_id}/resume", body=None)).body
        return resumed
