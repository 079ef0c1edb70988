"""Policies: the rules that administrators set; as the API shows them."""

import json
from typing import Annotated
from uuid import UUID

import typer

from libs.common.db import Pool
from services.cli.database import with_the_database
from services.cli.groups import list_by_default
from services.cli.output import AsJson, show, show_one
from services.policy.api.policy_bodies import PolicyOut, show_policy
from services.policy.store import policies
from services.policy.store.policies import PoliciesAmong

app = typer.Typer(help="Policies: the rules that administrators set.")

Kind = Annotated[str | None, typer.Option("--kind", help="Those of this kind only, such as opening_hours.")]
Target = Annotated[
    UUID | None, typer.Option("--target", help="Those attached to the space or the space group of this id only.")
]
PolicyId = Annotated[UUID, typer.Argument(help="The id that `policies list` shows.")]


@app.command("list")
def list_policies(*, kind: Kind = None, target: Target = None, as_json: AsJson = False) -> None:
    """List the policies in the order in which they were made."""

    async def work(pool: Pool) -> list[PolicyOut]:
        async with pool.acquire() as conn:
            return [show_policy(each) for each in await policies.page(conn, PoliciesAmong(kind, target), None, None)]

    found = with_the_database("policy", work)
    nothing = "There is no policy." if (kind, target) == (None, None) else "There is no such policy."
    show([_body(each) if as_json else _row(each) for each in found], as_json=as_json, nothing=nothing)


list_by_default(app, list_policies)


@app.command("show")
def show_policy_of(policy_id: PolicyId, *, as_json: AsJson = False) -> None:
    """Show one policy; as JSON as the API does."""

    async def work(pool: Pool) -> PolicyOut | None:
        async with pool.acquire() as conn:
            found = await policies.read(conn, policy_id)
        return None if found is None else show_policy(found)

    found = with_the_database("policy", work)
    if found is None:
        typer.echo(f"There is no policy {policy_id}; `policies list` shows which there are.", err=True)
        raise typer.Exit(1)
    body = _body(found)
    more = {"exempt": json.dumps(body["exempt"]), "made": found.created_at, "changed": found.updated_at}
    show_one(body, _row(found) | more, as_json=as_json)


def _body(found: PolicyOut) -> dict[str, object]:
    return found.model_dump(mode="json")


def _row(found: PolicyOut) -> dict[str, object]:
    body = found.model_dump(mode="json")
    attach = found.attach
    return {
        "policy_id": found.id,
        "kind": body["kind"],
        "parameters": json.dumps(body["parameters"]),
        "effect": body["effect"],
        "attached_to": attach.scope if attach.id is None else f"{attach.scope} {attach.id}",
        "name": found.name,
        "version": found.version,
    }
