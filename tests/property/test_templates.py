"""Whatever a template is made of and whatever an answer speaks of, rendering ends, never raises, and is bounded."""

from time import process_time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.policy.core.answers.examples import example_of
from services.policy.core.answers.grammar import DEEPEST, TemplateProblem, UnusableTemplate
from services.policy.core.answers.kinds import FORMS, AnswerKind, Variables
from services.policy.core.answers.rendering import (
    LONGEST_ANSWER,
    LONGEST_TEMPLATE,
    MOST_VALUES,
    AnswerFacts,
    check_template,
    render_answer,
)

MOST_SECONDS = 1.0
KINDS = st.sampled_from(AnswerKind)
VALUES = st.one_of(st.text(max_size=40), st.sampled_from(["x" * 5_000, "{{ room }}", "ß" * 3_000, "\n" * 3_000, ""]))
PIECES = (
    *("{{ ", " }}", "{% ", " %}", "{#", "#}", "{%- ", " -%}", "'", '"', "(", ")", "[", "]", "|", "~", "*", "**", "%"),
    *("if ", "elif ", "else", "endif", "for ", "in ", "endfor", "recursive", "not ", "and ", "or ", "is ", "==", ">"),
    *("set ", "macro a()", "endmacro", "block a", "endblock", "include ", "filter upper", "call ", "raw", "endraw"),
    *("room", "reasons", "links", "when", "each", "loop", "loop.index", "loop.last", "range(999999999)", "a()", "self"),
    *("join", "join(' ')", "length", "upper", "replace('a','aaaa')", "center(99999999)", "0", "999999999"),
    *(".", "_", " "),
)
SOUP = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=60).map("".join)


def _wrap(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    body = st.lists(inner, max_size=4).map("".join)
    return st.one_of(
        body.map(lambda each: f"{{% for each in links %}}{each}{{{{ each }}}}{{% endfor %}}"),
        body.map(lambda each: f"{{% for one in links %}}{{{{ loop.index }}}}{each}{{% else %}}{each}{{% endfor %}}"),
        body.map(lambda each: f"{{% if links | length > 2 %}}{each}{{% elif room %}}{each}{{% endif %}}"),
        body.map(lambda each: f"{{{{ '{'a' * len(each)}' ~ links | join('{'b' * len(each)}') }}}}{each}"),
    )


WELL_FORMED = st.recursive(
    st.sampled_from(["{{ room }}", "{{ links | join(', ') }}", "{{ when | upper }}", "x"]), _wrap
)


@st.composite
def answers(draw: st.DrawFn) -> AnswerFacts:
    kind = draw(KINDS)
    variables: Variables = {
        each.name: draw(st.lists(VALUES, max_size=MOST_VALUES * 2)) if each.is_list else draw(VALUES)
        for each in FORMS[kind].variables
    }
    return AnswerFacts(kind, variables)


@given(answers(), st.one_of(SOUP, WELL_FORMED))
@example(example_of(AnswerKind.DECLINE), "{% for each in reasons %}" + "{{ each }}" * 390 + "{% endfor %}")
@example(example_of(AnswerKind.DECLINE), "{{ reasons | join('" + "x" * 3_900 + "') }}")
@example(example_of(AnswerKind.DECLINE), "{{ " + "~".join(["when"] * 700) + " }}")
def test_rendering_ends_never_raises_and_is_bounded(facts: AnswerFacts, template: str) -> None:
    began = process_time()

    letter = render_answer(facts, template)

    assert process_time() - began < MOST_SECONDS
    assert len(letter.text) <= LONGEST_ANSWER
    assert (letter.problem is None) or letter.text == render_answer(facts, None).text


@given(answers(), st.one_of(SOUP, WELL_FORMED))
def test_what_passes_the_check_fails_for_nothing_but_its_length_or_saying_nothing(
    facts: AnswerFacts, template: str
) -> None:
    try:
        check_template(facts.kind, template)
    except UnusableTemplate:
        return

    problem = render_answer(facts, template).problem
    assert problem in {None, TemplateProblem.TOO_LONG, TemplateProblem.SAYS_NOTHING}


@pytest.mark.parametrize(
    "opening", ["(", "{{", "{%", "[", "{", "{{ not ", "{{ - ", "{% if room %}", "{% for a in links %}"]
)
def test_no_depth_of_nesting_does_any_harm(opening: str) -> None:
    for times in (DEEPEST + 1, 100, LONGEST_TEMPLATE // len(opening)):
        for lead in ("", "{{ "):
            letter = render_answer(example_of(AnswerKind.DECLINE), (lead + opening * times)[:LONGEST_TEMPLATE])
            assert letter.text
