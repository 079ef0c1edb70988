"""Somebody who runs Room Reservations, through its HTTP API."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from deploy.driver.http import Http, Json
from deploy.driver.mailbox import OutlookMailbox
from deploy.driver.slots import Slot


@dataclass(frozen=True, slots=True)
class Administrator:
    """An administrator with a token for our API."""

    api: Http

    async def connect(self, name: str, **fields: object) -> str:
        """Add another connection to the same tenant, with other settings, and return its name."""
        known = (await self.api.get("/v1/connections"))["items"]
        like = next(each for each in known if each["name"] == "simulator")
        body = {field: like[field] for field in ("cloud", "tenant_id", "client_id", "credential", "own_domains")}
        if all(each["name"] != name for each in known):
            await self.add_connection(name, **body, **fields)
        return name

    async def add_connection(self, name: str, **fields: object) -> Json:
        """Add a connection. Raises RequestRefused, with status 409 if there is one of that name."""
        connection: Json = (await self.api.send("POST", "/v1/connections", body={"name": name, **fields})).body
        return connection

    async def change_connection(self, name: str, **fields: object) -> Json:
        """Change any setting of a connection."""
        known = (await self.api.get("/v1/connections"))["items"]
        connection = next(each for each in known if each["name"] == name)
        changed: Json = (await self.api.send("PATCH", f"/v1/connections/{connection['id']}", body=fields)).body
        return changed

    async def set_policy(self, space: Json, kind: str, parameters: Json, **fields: Any) -> Json:  # noqa: ANN401
        """Set a rule for one space, unless `attach` says otherwise; `fields` are its effect, exemptions and so on."""
        return await self.add_policy(
            {"kind": kind, "parameters": parameters, "attach": {"scope": "space", "id": space["id"]}, **fields}
        )

    async def add_policy(self, body: Json) -> Json:
        """Set a rule as it is written."""
        policy: Json = (await self.api.send("POST", "/v1/policies", body=body)).body
        return policy

    async def policies(self) -> list[Json]:
        """List every rule that is set."""
        items: list[Json] = (await self.api.get("/v1/policies"))["items"]
        return items

    async def delete_policy(self, policy: Json) -> None:
        """Remove a rule."""
        await self.api.send("DELETE", f"/v1/policies/{policy['id']}")

    async def policies_of(self, space: Json, **asked: str) -> dict[str, Json]:
        """Read which policies concern a space, by id, and which judge what is `asked`."""
        found = await self.api.get(f"/v1/spaces/{space['id']}/policies", **asked)
        return {each["policy_id"]: each for each in found["items"]}

    async def add_space(self, name: str, room: OutlookMailbox | None = None, **fields: Any) -> Json:  # noqa: ANN401
        """Add a space, mapped to a room mailbox if one is given."""
        mapping = {"room_mailbox": room.address, "connection": "simulator"} if room else {}
        body = {"name": name, "capacity": 8, "time_zone": "UTC", **mapping, **fields}
        space: Json = (await self.api.send("POST", "/v1/spaces", body=body)).body
        return space

    async def delete(self, space: Json, *, confirm: bool = False) -> None:
        """Delete a space. Raises RequestRefused, which says what would happen, if that is to be confirmed."""
        await self.api.send("DELETE", f"/v1/spaces/{space['id']}" + ("?confirm=true" if confirm else ""))

    async def space(self, space: Json) -> Json:
        """Read a space, with the state of its mapping."""
        found: Json = await self.api.get(f"/v1/spaces/{space['id']}")
        return found

    async def map(self, space: Json, room: OutlookMailbox, **fields: object) -> Json:
        """Map a space to a room mailbox, and return it with the id of the import that this begins."""
        mapping = {"room_mailbox": room.address, "connection": "simulator", **fields}
        mapped: Json = (await self.api.send("PATCH", f"/v1/spaces/{space['id']}", body=mapping)).body
        return mapped

    async def import_spaces(self, text: str) -> Json:
        """Add, change and map spaces as a CSV file says. Raises RequestRefused, which says what is wrong with it."""
        imported: Json = (await self.api.send("POST", "/v1/spaces:import", csv=text)).body
        return imported

    async def unmap(self, space: Json, *, holds: str = "drop") -> Json:
        """Unmap a space; its holds are dropped from the mailbox or kept there."""
        path = f"/v1/spaces/{space['id']}?holds={holds}"
        unmapped: Json = (await self.api.send("PATCH", path, body={"room_mailbox": None})).body
        return unmapped

    async def reserve(self, space: Json, when: Slot, title: str, **fields: Any) -> Json:  # noqa: ANN401
        """Make a reservation. Raises RequestRefused with the reasons in its body."""
        body = {"space_id": space["id"], **_window(when), "title": title, **fields}
        reservation: Json = (await self.api.send("POST", "/v1/reservations", body=body)).body
        return reservation

    async def reserve_group(self, space: Json, first: Slot, title: str, **recurs: object) -> Json:
        """Reserve a space for every date of a recurrence, from this one on. Raises RequestRefused with the reasons."""
        body = {"space_id": space["id"], **_window(first), "title": title, "time_zone": "UTC", **recurs}
        group: Json = (await self.api.send("POST", "/v1/reservation-groups", body=body)).body
        return group

    async def group(self, group: Json) -> Json:
        """Read one group as it is now."""
        found: Json = await self.api.get(f"/v1/reservation-groups/{group['id']}")
        return found

    async def reservations(self, space: Json, *statuses: str) -> list[Json]:
        """List every reservation of a space by start, those of some statuses or all."""
        query = {"space_id": space["id"], "limit": "200", **({"status": ",".join(statuses)} if statuses else {})}
        page = await self.api.get("/v1/reservations", **query)
        items: list[Json] = page["items"]
        while page["next"] is not None:
            page = await self.api.get("/v1/reservations", **query, cursor=page["next"])
            items += page["items"]
        return items

    async def findings(self, **wanted: str) -> list[Json]:
        """List what is wrong and can be mended, the worst first; 200 at most."""
        items: list[Json] = (await self.api.get("/v1/findings", limit="200", **wanted))["items"]
        return items

    async def reservation(self, reservation: Json) -> Json:
        """Read one reservation as it is now."""
        found: Json = await self.api.get(f"/v1/reservations/{reservation['id']}")
        return found

    async def timeline(self, reservation: Json) -> list[Json]:
        """Read every step of a reservation, oldest first."""
        path = f"/v1/reservations/{reservation['id']}/timeline"
        page = await self.api.get(path, limit="200")
        steps: list[Json] = page["items"]
        while page["next"] is not None:
            page = await self.api.get(path, limit="200", cursor=page["next"])
            steps += page["items"]
        return steps

    async def move(self, reservation: Json, when: Slot) -> Json:
        """Give a reservation another time."""
        return await self.change(reservation, **_window(when))

    async def move_dates(self, reservation: Json, scope: str, when: Slot) -> Json:
        """Give several dates of a series another time: this one, which is to be at `when`, and as the scope says."""
        return await self.change(reservation, scope=scope, **_window(when))

    async def change(self, reservation: Json, scope: str | None = None, **fields: object) -> Json:
        """Change any field of a reservation; of several dates of a series by a scope."""
        path = f"/v1/reservations/{reservation['id']}" + (f"?scope={scope}" if scope is not None else "")
        changed: Json = (await self.api.send("PATCH", path, body=fields)).body
        return changed

    async def cancel(self, reservation: Json, comment: str | None = None, scope: str | None = None) -> Json:
        """Cancel a reservation; several dates of a series by a scope."""
        path = f"/v1/reservations/{reservation['id']}/cancel"
        body = {**({"comment": comment} if comment else {}), **({"scope": scope} if scope else {})}
        cancelled: Json = (await self.api.send("POST", path, body=body)).body
        return cancelled

    async def questions(self, space: Json, state: str | None = None) -> list[Json]:
        """List the questions about reservations of a space, those that were asked first before the others."""
        query = {"space_id": space["id"], "limit": "200", **({"state": state} if state else {})}
        items: list[Json] = (await self.api.get("/v1/approvals", **query))["items"]
        return items

    async def approve(self, question: Json, comment: str | None = None) -> Json:
        """Approve what a question asks. Raises RequestRefused, with status 409 if it is closed."""
        return await self._decide(question, "approve", comment)

    async def reject(self, question: Json, comment: str | None = None) -> Json:
        """Reject what a question asks. Raises RequestRefused, with status 409 if it is closed."""
        return await self._decide(question, "reject", comment)

    async def _decide(self, question: Json, ruling: str, comment: str | None) -> Json:
        path = f"/v1/approvals/{question['id']}/{ruling}"
        decided: Json = (await self.api.send("POST", path, body={"comment": comment} if comment else {})).body
        return decided

    async def brakes(self, space: Json) -> list[Json]:
        """List the cancellations of a space that wait to be confirmed: none, or one brake."""
        items: list[Json] = (await self.api.get("/v1/brakes", limit="200"))["items"]
        return [each for each in items if each["space_id"] == space["id"]]

    async def confirm_brake(self, brake: Json, **differs: object) -> None:
        """Confirm what a brake has stopped, as it was read. Raises RequestRefused, with status 409 if more waits."""
        seen = {"since": brake["since"], "cancellations": brake["cancellations"], **differs}
        await self.api.send("POST", f"/v1/spaces/{brake['space_id']}/brake/confirm", body=seen)

    async def conflicts(self, space: Json) -> list[Json]:
        """List what both sides have at one time in a space, by since when."""
        items: list[Json] = (await self.api.get("/v1/conflicts", space_id=space["id"], limit="200"))["items"]
        return items

    async def resolve(self, conflict: Json, keep: str, comment: str | None = None) -> Json:
        """Keep one side of a conflict, ledger or outlook. Raises RequestRefused, with status 409 if it is resolved."""
        body = {"keep": keep, **({"comment": comment} if comment else {})}
        resolved: Json = (await self.api.send("POST", f"/v1/conflicts/{conflict['id']}/resolve", body=body)).body
        return resolved

    async def availability(self, space: Json, during: Slot) -> Json:
        """Read when a space is free, busy, and only set up or cleaned."""
        query = {"from": during.start.isoformat(), "to": during.end.isoformat(), "space_id": space["id"]}
        (found,) = (await self.api.get("/v1/availability", **query))["items"]
        shown: Json = found
        return shown

    async def is_free(self, space: Json, when: Slot) -> bool:
        """Ask availability whether the whole of a slot is free."""
        free = (await self.availability(space, when))["free"]
        return any(_at(start) <= when.start and when.end <= _at(end) for start, end in free)


def window_of(reservation: Json) -> Slot:
    """Return when a reservation is."""
    return Slot(_at(reservation["start"]), _at(reservation["end"]))


def stretches(shown: list[list[str]]) -> list[Slot]:
    """Return the stretches of an availability as slots."""
    return [Slot(_at(start), _at(end)) for start, end in shown]


def _window(when: Slot) -> Json:
    return {"start": when.start.isoformat(), "end": when.end.isoformat()}


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
