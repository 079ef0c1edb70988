"""Compile templates, and render them: the one place where an answer becomes text.

One rule: rendering never raises for what a template does, and never makes more than `LONGEST_ANSWER`. A template that
cannot be used gives way to the default, and the answer says why.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jinja2 import StrictUndefined, Template, TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from services.policy.core.answers.grammar import (
    FILTERS_OF_LISTS,
    FILTERS_OF_TEXT,
    TemplateProblem,
    UnusableTemplate,
    check_grammar,
)
from services.policy.core.answers.kinds import FORMS, AnswerKind, Variables

LONGEST_TEMPLATE = 4_000
LONGEST_ANSWER = 10_000
LONGEST_VALUE = 3_000
MOST_VALUES = 50
"""How many characters a template, an answer and one value may have, and how many values a list."""


@dataclass(frozen=True, slots=True)
class AnswerFacts:
    """What one answer speaks of: its kind, and the variables of that kind."""

    kind: AnswerKind
    variables: Variables


@dataclass(frozen=True, slots=True)
class Letter:
    """What the organizer reads. With a `problem` the template could not be used, and this is the default."""

    text: str
    kind: AnswerKind | None = None
    problem: TemplateProblem | None = None


def render_answer(facts: AnswerFacts, template: str | None) -> Letter:
    """Render an answer by a template, or without one by the default of its kind."""
    if template is None:
        return Letter(_render_default(facts), facts.kind)
    try:
        return Letter(render_template(facts, template), facts.kind)
    except UnusableTemplate as error:
        return Letter(_render_default(facts), facts.kind, error.problem)


def check_template(kind: AnswerKind, template: str) -> None:
    """Raise `UnusableTemplate` if a template of this kind could not be used whatever it is told about."""
    _compile(kind, template)


def render_template(facts: AnswerFacts, template: str) -> str:
    """Render an answer by a template. Raises `UnusableTemplate`."""
    text = _tidy("".join(_bounded(_compile(facts.kind, template), _cut(facts.variables))))
    if not text:
        raise UnusableTemplate(TemplateProblem.SAYS_NOTHING, "says nothing here", "Text that is always there")
    return text


def _render_default(facts: AnswerFacts) -> str:
    """Render the default; where there is more to say than an answer may hold, its end is cut off."""
    compiled = _compile(facts.kind, FORMS[facts.kind].default)
    text = _tidy(compiled.render(_cut(facts.variables)))
    return text if len(text) <= LONGEST_ANSWER else f"{text[: LONGEST_ANSWER - 1].rstrip()}…"


@lru_cache(maxsize=512)
def _compile(kind: AnswerKind, template: str) -> Template:
    """Compile a template that is allowed for a kind. Raises `UnusableTemplate`.

    It is parsed and checked before Jinja compiles it, because compiling evaluates what is constant.
    """
    if len(template) > LONGEST_TEMPLATE:
        raise UnusableTemplate(TemplateProblem.TOO_LONG, "is too long", f"At most {LONGEST_TEMPLATE:,} characters")
    known = {each.name: each.is_list for each in FORMS[kind].variables}
    try:
        check_grammar(_ENVIRONMENT.parse(template), known)
        return _ENVIRONMENT.from_string(template)
    except TemplateSyntaxError as error:
        raise UnusableTemplate(
            TemplateProblem.SYNTAX,
            f"cannot be read on line {error.lineno}",
            "A Jinja template: {{ … }} and {% … %} that are closed, and every if and for with its end",
        ) from error
    except UnusableTemplate:
        raise
    except (RecursionError, MemoryError, SyntaxError, ValueError, OverflowError) as error:
        raise UnusableTemplate(
            TemplateProblem.TOO_DEEP, "is nested too deeply or has too large a number", "A simpler template"
        ) from error


def _bounded(compiled: Template, variables: Variables) -> Sequence[str]:
    """Return the pieces that a template makes. Raises `UnusableTemplate` as soon as they are too long for an answer."""
    pieces, size = [], 0
    try:
        for piece in compiled.generate(variables):
            size += len(piece)
            if size > LONGEST_ANSWER:
                raise UnusableTemplate(
                    TemplateProblem.TOO_LONG,
                    "says more than an answer may hold",
                    f"A template whose answers have at most {LONGEST_ANSWER:,} characters",
                )
            pieces.append(piece)
    except UnusableTemplate:
        raise
    except Exception as error:  # the grammar leaves nothing to fail; if it did, no decision may fail with it
        raise UnusableTemplate(TemplateProblem.FAILED, "failed where it was used", "A simpler template") from error
    return pieces


def _cut(variables: Variables) -> Variables:
    """Return variables of bounded size: what somebody wrote may be of any."""
    return {
        name: value[:LONGEST_VALUE]
        if isinstance(value, str)
        else [each[:LONGEST_VALUE] for each in value[:MOST_VALUES]]
        for name, value in variables.items()
    }


def _tidy(text: str) -> str:
    """Return text without the gaps that empty variables leave: single blanks, and one empty line at most."""
    lines = [" ".join(line.split()) for line in text.splitlines()]
    kept = [line for line, before in zip(lines, ["", *lines], strict=False) if line or before]
    return "\n".join(kept).strip()


def _make_environment() -> ImmutableSandboxedEnvironment:
    """Return Jinja's sandbox with nothing in it but the filters that templates may use; answers are plain text."""
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, cache_size=0)
    environment.globals.clear()
    environment.tests.clear()
    allowed = FILTERS_OF_TEXT | FILTERS_OF_LISTS
    environment.filters = {name: each for name, each in environment.filters.items() if name in allowed}
    return environment


_ENVIRONMENT = _make_environment()
