"""Import policies from a CSV file, as `GET /v1/policies` writes one: all of its rows, or none."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from libs.common.db import Connection as Db
from services.policy.api.access import actor_of, serves
from services.policy.api.csv_files import CSV_BODY, CsvRow, CsvText, read_csv
from services.policy.api.imports import (
    Errors,
    ImportOut,
    ImportQuery,
    check_columns,
    explain,
    finish,
    id_in,
    ids_in,
    read_rows,
)
from services.policy.api.policy_files import COLUMNS, column_of
from services.policy.api.policy_rows import NEEDED, read_row
from services.policy.api.problems import FieldProblem, ImportedPolicy
from services.policy.api.route import JsonRoute
from services.policy.api.work import Claimed, Context, Done, perform
from services.policy.commands.callers import ADMINS
from services.policy.commands.errors import AnyCommandError
from services.policy.commands.imports import preview
from services.policy.commands.policy_imports import PolicyReplacement, Row, import_policies, lock_policies
from services.policy.commands.space_errors import SamePolicy
from services.policy.store import policies
from services.policy.store.policies import PolicyRow

router = APIRouter(prefix="/v1", tags=["policies"], route_class=JsonRoute)


class PolicyImportOut(ImportOut[ImportedPolicy]):
    """What became of each row of a file, or would become of it. Rows fail in a preview only: else nothing is stored."""


@router.post("/policies:import", response_model=PolicyImportOut, dependencies=serves(ADMINS), openapi_extra=CSV_BODY)
async def import_file(
    request: Request, query: Annotated[ImportQuery, Query()], text: CsvText, context: Context, claim: Claimed
) -> Response:
    """Add and replace policies: a row with an id replaces that policy, a row without one adds a policy.

    The columns may be in any order. `parameters` is a JSON object; `scope` is `all`, `group` or `space`, and `target`
    the id of the group or the space; the items of an `exempt_` column have `;` between them. `target_name` names the
    target where `target` is empty, and has to be its name where it is not. A field whose column is left out stays as it
    is, and an empty cell empties it. A file has at most 1,000 rows, which are carried out in their order. If one row
    cannot be used, none is stored, and the answer says what is wrong with each.
    """
    table, by = read_csv(text, COLUMNS), actor_of(request)
    check_columns(table, NEEDED, "policy")

    async def work(conn: Db) -> Done:
        targets = await policies.targets(conn)
        known = await lock_policies(conn, ids_in(table))
        wanted, refused = read_rows(table, ("id",), lambda row: read_row(row, known, targets))
        importing = import_policies(conn, wanted, context.clock(), by=by)
        attempts = await (preview(conn, importing) if query.dry_run else importing)
        saved, failed = attempts.saved, attempts.failed
        errors = {**refused, **{each: _explain(failed[each], each, wanted, saved) for each in failed}}
        rows = [
            _report(row, done, known.get(done.policy.id), is_stored=not query.dry_run)
            if (done := saved.get(row.number)) is not None
            else _report_failed(row, errors[row.number])
            for row in table.rows
        ]
        return finish(PolicyImportOut, rows, is_preview=query.dry_run)

    return await perform(request, context, work, claim)


def _explain(error: AnyCommandError, number: int, wanted: Mapping[int, Row], saved: Mapping[int, PolicyRow]) -> Errors:
    """Say by column why a row was not carried out, and which other row of the file is in its way, if one is."""
    if isinstance(error, SamePolicy):
        made = {each.policy.id: row for row, each in saved.items() if row < number}
        changed = {each.policy_id: row for row, each in wanted.items() if isinstance(each, PolicyReplacement)}
        if (row := made.get(error.holder_id)) is not None:
            problem, expected = f"are those of row {row}, which is attached alike", "one row for each rule"
        elif (row := changed.get(error.holder_id, 0)) > number:
            problem = f"are still those of the policy in row {row}, because rows are carried out in their order"
            expected = "that row above this one"
        else:
            return explain(error, column_of)
        return [FieldProblem(field="parameters", problem=problem, expected=expected)]
    return explain(error, column_of)


def _report(row: CsvRow, saved: PolicyRow, before: PolicyRow | None, *, is_stored: bool) -> ImportedPolicy:
    policy = saved.policy
    is_same = before is not None and before.policy.version == policy.version
    return ImportedPolicy(
        row=row.number,
        outcome="created" if before is None else "unchanged" if is_same else "changed",
        policy_id=None if before is None and not is_stored else policy.id,
        name=policy.name,
    )


def _report_failed(row: CsvRow, errors: Errors) -> ImportedPolicy:
    name = row.cells.get("name") or None
    return ImportedPolicy(row=row.number, outcome="failed", policy_id=id_in(row), name=name, errors=list(errors))
