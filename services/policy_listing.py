"""Describe every kind of policy for administrators, as `docs/policies.md`. The models are the only source.

What is added here is the introduction, and one example of each kind, which is read as the API reads it.
"""

import json
from collections.abc import Iterator, Mapping
from inspect import getdoc
from typing import Any

from services.policy.api.policy_bodies import NewPolicy
from services.policy.core.policies.phrases import join_or
from services.policy.core.policies.policy import KINDS
from services.policy.core.policies.rule import Rule

Json = dict[str, Any]

HEAD = """\
# Policies

<!-- Made from the code by: make documents -->

A policy is a rule that an administrator sets for bookings: a **kind**, such as `maximum_duration`, with its
**parameters**; the spaces that it is **attached** to; and the **effect** that breaking it has. Policies are made, read,
changed and deleted under `/v1/policies`. They hold for invitations from Outlook and for requests by API alike, and from
the moment at which they are set: what was decided before stays as it was. `GET /v1/spaces/{id}/policies` lists those
that concern a space, says which of them are in force for whom and when, and why the others are not. Each decision
records which policies judged it, in which version, and which of them held.

## Where it holds, and which one wins

`attach` names all spaces (`{"scope": "all"}`), those of a group (`{"scope": "group", "id": …}`) or one space
(`{"scope": "space", "id": …}`). A space may be in several groups.

1. A policy does not judge whom it exempts, and not what starts outside its dates.
2. Of the others of one kind, those of the space displace those of its groups, and these displace those of all spaces,
   however strict they are.
3. Of those attached alike, a policy yields to one that is at least as strict and has at least as severe an effect.
   Where neither is stricter than the other, such as mornings and afternoons, both judge.
4. Quotas and blackouts displace nothing: all of them judge.

Whoever is exempt from a policy is judged by the next one of its kind, if there is one.

An edit is judged by what it changes. Another title is judged by nothing, another number of people only by what looks at
people. And where a value can be compared, such as a length or a number of people, an edit that breaks a policy no more
than the booking did before is not held against it.

## Effect

| `effect` | what breaking the policy leads to |
|---|---|
| `deny` | The request is refused, with the limit and the value found. This is the default. |
| `approve` | An administrator decides. As long as there is nobody to ask, it is refused, and the answer says so. |
| `warn` | The request is accepted, and the answer says what to note. |
| `shadow` | Nothing; it is only recorded. So a policy can be tried out, and displaces only others on trial. |

`GET /v1/policies/{id}/trial` tells what a policy of effect `shadow` would have done since its last change.

An administrator may override policies for one request, with a reason. Nobody can override what is taken.

## Exemptions and dates

`exempt` lists for whom the policy does not hold: organizers by `addresses` or `domains`, callers of the API by `roles`
(`viewer`, `approver`, `admin`, `service`), and ways in by `channels` (`outlook`, `api`, `command`). A subdomain is a
domain of its own.

`dates` limits the policy to what starts on these dates, in the zone of the space: `{"from": …, "until": …}`, both
included, and either may be left out.

## As a file

`GET /v1/policies` with `Accept: text/csv` writes all policies as a CSV file in UTF-8, a row for each, and
`POST /v1/policies:import` takes such a file back. A row with an id replaces that policy, a row without one adds one;
a policy that no row names stays as it is. Either all rows are stored or none, and the answer says what became of each
row: `created`, `changed`, `unchanged` or `failed`, and by column what is wrong and what would be right.
`?dry_run=true` only says it.

| column | what it holds |
|---|---|
| `id` | the id of the policy to replace; empty to add one |
| `name` | its name, if it has one |
| `kind`, `parameters` | as below; the parameters are one JSON object, such as `{"minutes": 240}` |
| `scope`, `target` | `all`, `group` or `space`, and the id of the group or the space |
| `target_name` | the name of that group or space: it stands in for an empty `target`, and has to agree with another |
| `effect` | as above; `deny` if empty |
| `exempt_addresses`, `exempt_domains`, `exempt_roles`, `exempt_channels` | as above, with `;` between several |
| `from`, `until` | its dates, such as `2027-03-02` |

The columns may be in any order. What a column that is left out says stays as it is, and an empty cell empties it. A
file has at most 1,000 rows. They are carried out in their order: a rule that one row gives up can be set by a row below
it.

## Kinds

Times of day, weekdays and dates are those of the space's zone, also when its clock is changed. A length is rounded up
to minutes, and a whole day counts 24 hours.
"""

EXAMPLES: Mapping[str, Json] = {
    "maximum_duration": {"attach": {"scope": "all"}, "parameters": {"minutes": 240}},
    "minimum_duration": {"attach": {"scope": "all"}, "parameters": {"minutes": 15}, "effect": "warn"},
    "lead_time": {"attach": {"scope": "all"}, "parameters": {"minutes": 30}, "exempt": {"roles": ["admin"]}},
    "change_cut_off": {"attach": {"scope": "all"}, "parameters": {"change_minutes": 60, "cancel_minutes": 1440}},
    "advance_window": {"attach": {"scope": "all"}, "parameters": {"days": 14, "opens_at": "08:00"}},
    "booking_dates": {
        "attach": {"scope": "group", "id": "5b1f0f0e-6c4f-4f0e-9d5b-0f5f6f1d2a01"},
        "parameters": {"from": "2027-04-05", "until": "2027-07-16"},
        "name": "Summer term",
    },
    "opening_hours": {
        "attach": {"scope": "space", "id": "5b1f0f0e-6c4f-4f0e-9d5b-0f5f6f1d2a02"},
        "parameters": {
            "weekly": {"monday": [["08:00", "12:00"], ["13:00", "18:00"]], "friday": [["08:00", "24:00"]]},
        },
        "exempt": {"addresses": ["reception@example.org"]},
    },
    "blackout": {
        "attach": {"scope": "all"},
        "parameters": {
            "from": "2027-12-24T00:00:00+01:00",
            "to": "2027-12-27T00:00:00+01:00",
            "title": "Christmas holidays",
        },
    },
    "time_grid": {"attach": {"scope": "all"}, "parameters": {"minutes": 30, "lengths": [30, 60, 90]}},
    "all_day": {"attach": {"scope": "all"}, "parameters": {"allowed": True, "most_days": 2}},
    "capacity": {"attach": {"scope": "all"}, "parameters": {"margin": 2, "at_least": 3}, "effect": "warn"},
    "who_may_book": {
        "attach": {"scope": "group", "id": "5b1f0f0e-6c4f-4f0e-9d5b-0f5f6f1d2a01"},
        "parameters": {"domains": ["example.org"], "addresses": ["guest@elsewhere.example"], "external": "approval"},
    },
    "quota": {
        "attach": {"scope": "all"},
        "parameters": {
            "limit": 240,
            "measure": "minutes",
            "per": "week",
            "peak": {"tuesday": [["09:00", "12:00"]], "thursday": [["09:00", "12:00"]]},
        },
    },
    "concurrency": {"attach": {"scope": "all"}, "parameters": {"spaces": 2}, "effect": "shadow"},
    "series": {
        "attach": {"scope": "all"},
        "parameters": {"allowed": True, "open_ended": False, "most_occurrences": 52},
    },
    "approval": {
        "attach": {"scope": "space", "id": "5b1f0f0e-6c4f-4f0e-9d5b-0f5f6f1d2a02"},
        "parameters": {
            "when": {"minutes_over": 240, "external": True},
            "approvers": ["reception@example.org"],
            "deadline_minutes": 2880,
            "at_deadline": "reject",
        },
        "dates": {"from": "2027-04-05"},
    },
}
"""One of each kind, but for its kind."""


def policies_page() -> str:
    """Return the page. Raises KeyError for a kind without an example, ValidationError for one that is none."""
    rows = [f"| [`{kind}`](#{kind}) | {_first_line(model)} | {_names(model)} |" for kind, model in KINDS.items()]
    table = ["| kind | what it asks for | parameters |", "|---|---|---|", *rows]
    return "\n".join([HEAD, *table, *(line for each in KINDS.items() for line in _section(*each))]) + "\n"


def example(kind: str) -> Json:
    """Return the example of a kind. Raises KeyError if there is none, ValidationError if it could not be set."""
    found = {"kind": kind, **EXAMPLES[kind]}
    NewPolicy.model_validate(found).request()
    return found


def _section(kind: str, model: type[Rule]) -> Iterator[str]:
    yield from ("", f"### {kind}", "", getdoc(model) or "", "")
    yield from ("| parameter | type | default | |", "|---|---|---|---|")
    schema = model.model_json_schema()
    yield from _rows(schema, schema)
    yield from ("", "```json", _write_json(example(kind)), "```")


def _rows(part: Json, schema: Json, within: str = "") -> Iterator[str]:
    """Write a row for each parameter in a part of a schema; those of an object in it follow it."""
    for name, parameter in _parameters(part).items():
        default = "required" if name in part.get("required", ()) else _say_default(parameter.get("default"))
        yield f"| `{within}{name}` | {_say_type(parameter, schema)} | {default} | {parameter.get('description', '')} |"
        for form in parameter.get("anyOf", parameter.get("oneOf", ())):
            yield from _rows(_resolve(form, schema), schema, f"{within}{name}.")


def _resolve(part: Json, schema: Json) -> Json:
    reference = part.get("$ref")
    found: Json = schema["$defs"][reference.rpartition("/")[2]] if reference is not None else part
    return found


def _first_line(model: type[Rule]) -> str:
    return (getdoc(model) or "").partition("\n")[0]


def _names(model: type[Rule]) -> str:
    return ", ".join(f"`{name}`" for name in _parameters(model.model_json_schema()))


def _parameters(schema: Json) -> Json:
    return {name: each for name, each in schema.get("properties", {}).items() if name != "kind"}


def _say_default(default: object) -> str:
    return "none" if default in (None, [], "") else f"`{json.dumps(default)}`"


def _say_type(part: Json, schema: Json) -> str:  # noqa: PLR0911 - one case each
    """Say what a part of a JSON schema takes."""
    match part:
        case {"$ref": _}:
            return _say_type(_resolve(part, schema), schema)
        case {"anyOf": parts} | {"oneOf": parts}:
            return " or ".join(_say_type(each, schema) for each in parts if each != {"type": "null"})
        case {"type": "array", "items": {"prefixItems": _}}:
            return "pairs of times of day"
        case {"type": "array", "items": items}:
            return f"list, each: {_say_type(items, schema)}"
        case {"type": "object", "properties": properties}:
            return "any of " + ", ".join(f"`{name}`" for name in properties)
        case {"type": "object", "additionalProperties": hours}:
            return f"by weekday, such as `monday`: {_say_type(hours, schema)}"
        case _:
            return _say_scalar(part)


def _say_scalar(part: Json) -> str:  # noqa: PLR0911 - one case each
    match part:
        case {"enum": values}:
            return join_or([f"`{each}`" for each in values])
        case {"type": "integer", "minimum": least, "maximum": most}:
            return f"whole number, {least:,} to {most:,}"
        case {"type": "boolean"}:
            return "`true` or `false`"
        case {"type": "string", "format": "date"}:
            return "date, such as `2027-03-02`"
        case {"type": "string", "format": "date-time"}:
            return "time with its offset, such as `2027-03-02T09:00:00+01:00`"
        case {"type": "string", "pattern": _}:
            return "time of day, such as `08:00`"
        case {"type": "string", "maxLength": most}:
            return f"text of {most} characters at most"
        case _:
            raise ValueError(f"policies.md has no words for this part of a schema: {part}")


def _write_json(value: Json) -> str:
    """Write a value with each of its fields on one line."""
    fields = (f"  {json.dumps(name)}: {json.dumps(each, ensure_ascii=False)}" for name, each in value.items())
    return "{\n" + ",\n".join(fields) + "\n}"
