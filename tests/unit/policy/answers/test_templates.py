"""What a template may be made of, what it becomes, and that the default is said where it cannot be used."""

import pytest

from services.policy.core.answers.examples import example_of
from services.policy.core.answers.grammar import TemplateProblem, UnusableTemplate
from services.policy.core.answers.kinds import FORMS, AnswerKind
from services.policy.core.answers.rendering import (
    LONGEST_ANSWER,
    LONGEST_TEMPLATE,
    AnswerFacts,
    check_template,
    render_answer,
    render_template,
)

DECLINE = example_of(AnswerKind.DECLINE)


def changed(facts: AnswerFacts, **variables: str | list[str]) -> AnswerFacts:
    return AnswerFacts(facts.kind, {**facts.variables, **variables})


@pytest.mark.parametrize("kind", AnswerKind)
def test_an_example_has_every_variable_of_its_kind_and_no_other(kind: AnswerKind) -> None:
    found = example_of(kind).variables

    assert set(found) == {each.name for each in FORMS[kind].variables}
    assert {name for name, value in found.items() if not isinstance(value, str)} == {
        each.name for each in FORMS[kind].variables if each.is_list
    }


@pytest.mark.parametrize("kind", AnswerKind)
def test_every_default_can_be_used_as_a_template_and_names_weekday_date_and_zone(kind: AnswerKind) -> None:
    facts = example_of(kind)
    check_template(kind, FORMS[kind].default)

    text = render_answer(facts, None).text

    assert text == render_template(facts, FORMS[kind].default)
    assert "2027" in text
    assert "(Europe/Berlin)" in text
    assert text.endswith(".")
    assert "  " not in text


@pytest.mark.parametrize("kind", AnswerKind)
def test_a_template_of_every_kind_may_name_whatever_that_kind_has(kind: AnswerKind) -> None:
    texts = [f"{{{{ {each.name} }}}}" for each in FORMS[kind].variables if not each.is_list]
    lists = [f"{{{{ {each.name} | join(', ') }}}}" for each in FORMS[kind].variables if each.is_list]
    facts = example_of(kind)

    text = render_template(facts, "\n".join([*texts, *lists]))

    for value in facts.variables.values():
        for each in [value] if isinstance(value, str) else value:
            assert each in text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Nein. {{ when }}", "Nein. Tue 02 Mar 2027, 09:00-10:00 (Europe/Berlin)"),
        ("{% for each in taken_by %}{{ loop.index }}. {{ each | upper }}{% endfor %}", "1. BEN"),
        ("{% for each in links %}{{ each }}{% else %}No links.{% endfor %}", "No links."),
        ("{{ taken_by | length }} in the way", "1 in the way"),
        ("{% if free_spaces | length > 1 %}Several{% elif free_spaces %}One{% else %}None{% endif %}", "One"),
        ("{% if not links and next_free %}{{ next_free }}{% endif %}", "Tue 02 Mar 2027, 10:00-11:00 (Europe/Berlin)"),
        ("{{ 'Oh' if taken_by else 'Ah' }}, {{ room ~ '!' }}", "Oh, Aurora!"),
        ("{% if 'Ben' in taken_by %}Ask Ben.{% endif %}{# who else #}", "Ask Ben."),
        ("{% if zone == 'Europe/Berlin' %}Berlin{% endif %}", "Berlin"),
        ("{% raw %}{{ room }}{% endraw %}", "{{ room }}"),
        ("One   line\n\n\n\n  another\t line  \n", "One line\n\nanother line"),
        ("{{ next_free or 'never' }}", "Tue 02 Mar 2027, 10:00-11:00 (Europe/Berlin)"),
        ("<b>{{ room }}</b> & more", "<b>Aurora</b> & more"),
    ],
)
def test_what_a_template_becomes(template: str, text: str) -> None:
    check_template(AnswerKind.DECLINE, template)

    assert render_answer(DECLINE, template).text == text


REFUSED: list[tuple[str, TemplateProblem]] = [
    ("{{ subject }}", TemplateProblem.UNKNOWN_NAME),
    ("{% if subject %}x{% endif %}", TemplateProblem.UNKNOWN_NAME),
    ("{% for each in subjects %}x{% endfor %}", TemplateProblem.UNKNOWN_NAME),
    ("{% for each in links %}{{ each }}{% endfor %}{{ each }}", TemplateProblem.UNKNOWN_NAME),
    ("{{ loop.index }}", TemplateProblem.FORBIDDEN),
    ("{{ deadline }}", TemplateProblem.UNKNOWN_NAME),
    ("{{ room", TemplateProblem.SYNTAX),
    ("{% if room %}", TemplateProblem.SYNTAX),
    ("{% while true %}{% endwhile %}", TemplateProblem.SYNTAX),
    ("{{ reasons }}", TemplateProblem.FORBIDDEN),
    ("{{ reasons | join(room) }}", TemplateProblem.FORBIDDEN),
    ("{{ room | join('x') }}", TemplateProblem.FORBIDDEN),
    ("{{ reasons | join(' ') | join('x') }}", TemplateProblem.FORBIDDEN),
    ("{{ reasons | join(attribute='x') }}", TemplateProblem.FORBIDDEN),
    ("{{ room | replace('a', 'aaaa') }}", TemplateProblem.FORBIDDEN),
    ("{{ room | center(1000000) }}", TemplateProblem.FORBIDDEN),
    ("{{ room | nothing }}", TemplateProblem.FORBIDDEN),
    ("{% filter upper %}x{% endfilter %}", TemplateProblem.FORBIDDEN),
    ("{{ 'x' * 1000000000 }}", TemplateProblem.FORBIDDEN),
    ("{{ 9 ** 9 ** 9 }}", TemplateProblem.FORBIDDEN),
    ("{{ '%1000000000s' % room }}", TemplateProblem.FORBIDDEN),
    ("{{ range(1000000000) }}", TemplateProblem.FORBIDDEN),
    ("{% for each in range(9) %}x{% endfor %}", TemplateProblem.FORBIDDEN),
    ("{% for a in links %}{% for b in links %}x{% endfor %}{% endfor %}", TemplateProblem.FORBIDDEN),
    ("{% for a in links recursive %}{{ loop(links) }}{% endfor %}", TemplateProblem.FORBIDDEN),
    ("{% for a in links if a %}x{% endfor %}", TemplateProblem.FORBIDDEN),
    ("{% for links in links %}x{% endfor %}", TemplateProblem.FORBIDDEN),
    ("{% for a, b in links %}x{% endfor %}", TemplateProblem.FORBIDDEN),
    ("{% for a in room %}x{% endfor %}", TemplateProblem.FORBIDDEN),
    ("{% for a in [links, links] %}x{% endfor %}", TemplateProblem.FORBIDDEN),
    ("{% macro a() %}{{ a() }}{% endmacro %}", TemplateProblem.FORBIDDEN),
    ("{% set a = room %}{{ a }}", TemplateProblem.FORBIDDEN),
    ("{% set a %}x{% endset %}", TemplateProblem.FORBIDDEN),
    ("{% include 'other' %}", TemplateProblem.FORBIDDEN),
    ("{% extends 'other' %}", TemplateProblem.FORBIDDEN),
    ("{% import 'other' as a %}", TemplateProblem.FORBIDDEN),
    ("{% block a %}{{ self.a() }}{% endblock %}", TemplateProblem.FORBIDDEN),
    ("{{ room.__class__.__mro__ }}", TemplateProblem.FORBIDDEN),
    ("{{ room['upper'] }}", TemplateProblem.FORBIDDEN),
    ("{{ room[::-1] }}", TemplateProblem.FORBIDDEN),
    ("{{ room is defined }}", TemplateProblem.FORBIDDEN),
    ("{% if room is callable %}x{% endif %}", TemplateProblem.FORBIDDEN),
    ("{% if room > 3 %}x{% endif %}", TemplateProblem.FORBIDDEN),
    ("{% if 'x' in room %}x{% endif %}", TemplateProblem.FORBIDDEN),
    ("{{ room if links }}", TemplateProblem.FORBIDDEN),
    ("{{ {'a': room} }}", TemplateProblem.FORBIDDEN),
    ("{{ -1 }}", TemplateProblem.FORBIDDEN),
    (
        "{{ " + "(" * 300 + "room" + ")" * 300 + " ~ room ~ " + "(" * 1500 + "room" + ")" * 1500 + " }}",
        TemplateProblem.TOO_DEEP,
    ),
    ("{% if room %}" * 30 + "x" + "{% endif %}" * 30, TemplateProblem.TOO_DEEP),
    ("{% if " + "not " * 300 + "room %}x{% endif %}", TemplateProblem.TOO_DEEP),
    ("x" * (LONGEST_TEMPLATE + 1), TemplateProblem.TOO_LONG),
]


@pytest.mark.parametrize(("template", "problem"), REFUSED)
def test_what_a_template_may_not_be_made_of_is_refused_and_the_default_said(
    template: str, problem: TemplateProblem
) -> None:
    with pytest.raises(UnusableTemplate) as refused:
        check_template(AnswerKind.DECLINE, template)
    assert refused.value.problem is problem
    assert refused.value.remedy

    letter = render_answer(DECLINE, template)
    assert letter.problem is problem
    assert letter.text == render_answer(DECLINE, None).text


def test_a_template_that_says_too_much_or_nothing_gives_way_to_the_default() -> None:
    much = changed(DECLINE, reasons=["Because. " * 300] * 50)
    default = render_answer(much, None)

    assert render_answer(much, "{% for each in reasons %}{{ each }}{% endfor %}").problem is TemplateProblem.TOO_LONG
    assert render_answer(DECLINE, "{{ links | join }}").problem is TemplateProblem.SAYS_NOTHING
    assert default.problem is None
    assert len(default.text) == LONGEST_ANSWER
    assert default.text.endswith("…")


def test_what_people_wrote_is_never_read_as_a_template() -> None:
    comment = "{{ room }}{% for a in [1] %}x{% endfor %}{# gone #}"
    facts = changed(example_of(AnswerKind.CANCELLED), comment=comment)

    assert comment in render_answer(facts, None).text
    assert render_answer(facts, "{{ comment }}").text == comment
