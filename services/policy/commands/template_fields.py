"""Read the template of an answer as somebody wrote it, and say at its field why it cannot be used."""

from typing import Annotated

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

from libs.contracts.fields import not_blank, printable
from libs.contracts.problems import FieldProblem
from services.policy.commands.answers import try_template
from services.policy.commands.errors import TemplateRefused
from services.policy.commands.invalid_fields import field_problems
from services.policy.commands.policy_fields import UnusableFields
from services.policy.core.answers.kinds import AnswerKind
from services.policy.core.answers.rendering import LONGEST_TEMPLATE

TemplateText = Annotated[
    str,
    Field(max_length=LONGEST_TEMPLATE, description="A Jinja template; docs/answers.md says what it may name."),
    AfterValidator(printable),
    AfterValidator(not_blank),
]

_TEXT = TypeAdapter(TemplateText)


def read_template(kind: AnswerKind, written: str) -> str:
    """Return a template that can be used for a kind of answer. Raises `UnusableFields`."""
    try:
        template = _TEXT.validate_python(written)
        try_template(kind, template)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        at_field = [{**each, "loc": ("body", "template")} for each in found]
        raise UnusableFields(field_problems(at_field, frozenset())) from error
    except TemplateRefused as error:
        raise UnusableFields([explain_template(error)]) from error
    return template


def explain_template(error: TemplateRefused) -> FieldProblem:
    """Return why a template cannot be used, and what to write instead."""
    return FieldProblem(field="template", problem=error.found, expected=error.remedy)
