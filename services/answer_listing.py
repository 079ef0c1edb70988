"""Describe every kind of answer for those who write templates, as `docs/answers.md`. The forms are the only source."""

from collections.abc import Iterator

from services.policy.core.answers.examples import example_of
from services.policy.core.answers.grammar import DEEPEST
from services.policy.core.answers.kinds import FORMS, OF_EVERY_KIND, AnswerKind, Variable
from services.policy.core.answers.rendering import LONGEST_ANSWER, LONGEST_TEMPLATE, render_answer

HEAD = f"""\
# Answers

<!-- Made from the code by: make documents -->

What the organizer of a meeting reads in the answer of a room is written by a template, one for each kind of answer. As
long as none is set, the default below is said. Templates are set for a connection:

| request | does |
|---|---|
| `GET /v1/connections/{{id}}/answers` | lists every kind with its template, or the default |
| `PUT /v1/connections/{{id}}/answers/{{kind}}` | sets a template: `{{"template": "…"}}` |
| `DELETE /v1/connections/{{id}}/answers/{{kind}}` | takes it back, so that the default is said |
| `POST /v1/connections/{{id}}/answers:preview` | writes an answer without sending it, see below |

The words are made when an answer is sent. One that suggests something and could not be sent within a minute
(`ROOMSYNC_SUGGESTIONS_S`) is written anew before it is, so that it suggests what is free by then.

## What a template is made of

Plain text, and [Jinja](https://jinja.palletsprojects.com/en/stable/templates/) within these bounds, so that no template
can keep an answer from being given:

* `{{{{ room }}}}` writes a variable, `{{{{ reasons | join(' ') }}}}` a list.
  `~` puts texts together, `a if b else c` chooses. Filters: `upper`, `lower`, `capitalize` and `trim` of texts, `join`
  and `length` of lists.
* `{{% if deadline %}} … {{% elif … %}} … {{% else %}} … {{% endif %}}`. What there is nothing to say of is empty,
  and never missing.
* `{{% for each in reasons %}} … {{% endfor %}}`, with `loop.index`, `loop.length`, `loop.first` and
  `loop.last`. A loop has no other loop inside.
* At most {LONGEST_TEMPLATE:,} characters, nested at most {DEEPEST} deep. An answer has at most
  {LONGEST_ANSWER:,} characters. Several blanks become one, and several empty lines one.

Anything else is refused when the template is set, with its line and what to write instead. If a template cannot be used
when an answer is to be given, such as one that says nothing, the default is said, and `failing_since` and `last_error`
of the template say so.

A preview takes `kind`, and may take a `template` to try out and the `reservation_id` of what it is to be about. What
that reservation does not have is told as in the examples below.

## What may be told of others

Nobody is told what somebody else's meeting is about. Who has the room is told as `conflict_detail` of the connection
says: `organizer` (the default) or `time`; of a private meeting nothing but its time. `reasons`, `advice` and `taken_by`
follow that by themselves.

## Variables of every kind
"""


def answers_page() -> str:
    """Return the page."""
    lines = [HEAD, *_table(OF_EVERY_KIND), "", "## Kinds"]
    return "\n".join([*lines, *(line for kind in AnswerKind for line in _section(kind))]) + "\n"


def _section(kind: AnswerKind) -> Iterator[str]:
    form = FORMS[kind]
    yield from ("", f"### {kind}", "", form.given, "")
    yield from _table(form.own)
    yield from ("", "Default:", "", "```jinja", form.default, "```", "")
    yield from ("which says, for example:", "", f"> {render_answer(example_of(kind), None).text}")


def _table(variables: tuple[Variable, ...]) -> Iterator[str]:
    yield from ("| variable | |", "|---|---|")
    for each in variables:
        yield f"| `{each.name}`{' (list)' if each.is_list else ''} | {each.meaning} |"
