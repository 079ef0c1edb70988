"""What a template may be made of: texts, variables, conditions, and loops over lists that do not nest.

Jinja's own sandbox keeps a template away from Python, but lets it loop and grow for ever. So a template is compiled
only if everything in it is on the list here. Each construct on it makes no more output than its parts, takes no
arithmetic and no calls, and goes over a list that is at hand; so rendering is finite by its form, and no construct on
it can fail, whatever the variables hold. What is not on the list is refused, also if a newer Jinja brings it.

Source: https://jinja.palletsprojects.com/en/stable/sandbox/ (security considerations)
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from jinja2 import nodes

DEEPEST = 10
"""How deep blocks and expressions may be nested."""

FILTERS_OF_TEXT = frozenset({"upper", "lower", "capitalize", "trim"})
FILTERS_OF_LISTS = frozenset({"join", "length"})

_LOOP_NUMBERS = frozenset({"index", "length"})
_LOOP_CLAIMS = frozenset({"first", "last"})
_ORDER = frozenset({"gt", "gteq", "lt", "lteq"})
_ALLOWED = "Text, {{ variable }}, {{ list | join(' ') }}, {% if %}, and {% for each in list %} without another inside"


class TemplateProblem(StrEnum):
    """Why a template cannot be used."""

    SYNTAX = "syntax"
    UNKNOWN_NAME = "unknown_name"
    FORBIDDEN = "forbidden"
    TOO_DEEP = "too_deep"
    TOO_LONG = "too_long"
    SAYS_NOTHING = "says_nothing"
    FAILED = "failed"


PROBLEM_WORDS: Mapping[TemplateProblem, str] = {
    TemplateProblem.SYNTAX: "it is no correct Jinja",
    TemplateProblem.UNKNOWN_NAME: "it names something that this kind of answer does not have",
    TemplateProblem.FORBIDDEN: "it uses something that templates may not",
    TemplateProblem.TOO_DEEP: "it is nested too deeply",
    TemplateProblem.TOO_LONG: "the answer became too long",
    TemplateProblem.SAYS_NOTHING: "the answer was empty",
    TemplateProblem.FAILED: "it failed while the answer was written",
}
"""Why a template could not be used, after "because" or a colon."""


class UnusableTemplate(ValueError):
    """A template cannot be used. `found` says why, after "template", and `remedy` what to write instead."""

    def __init__(self, problem: TemplateProblem, found: str, remedy: str) -> None:
        super().__init__(f"the template {found}")
        self.problem = problem
        self.found = found
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class _Scope:
    """The names that are known at some place of a template; True are lists. `depth` counts what it is nested in."""

    known: Mapping[str, bool]
    is_in_loop: bool = False
    depth: int = 0

    def within(self, node: nodes.Node) -> "_Scope":
        if self.depth >= DEEPEST:
            raise UnusableTemplate(
                TemplateProblem.TOO_DEEP,
                f"is nested too deeply on line {node.lineno}",
                f"At most {DEEPEST} conditions or expressions inside each other",
            )
        return replace(self, depth=self.depth + 1)


def check_grammar(template: nodes.Template, known: Mapping[str, bool]) -> None:
    """Raise `UnusableTemplate` for the first thing in a template that is not allowed; True are `known` lists."""
    _check_body(template.body, _Scope(known))


def _check_body(body: Sequence[nodes.Node], scope: _Scope) -> None:
    for node in body:
        inner = scope.within(node)
        match node:
            case nodes.Output():
                for each in node.nodes:
                    _check_text(each, inner)
            case nodes.If():
                _check_if(node, inner)
            case nodes.For():
                _check_loop(node, inner)
            case _:
                raise _forbid(node)


def _check_if(node: nodes.If, scope: _Scope) -> None:
    for branch in (node, *node.elif_):
        _check_condition(branch.test, scope)
        _check_body(branch.body, scope)
    _check_body(node.else_, scope)


def _check_loop(node: nodes.For, scope: _Scope) -> None:
    target, over = node.target, node.iter
    if scope.is_in_loop or node.recursive or node.test is not None:
        raise _forbid(node, "has a loop that is nested, recursive or conditional")
    if not isinstance(target, nodes.Name) or target.name in scope.known or target.name == "loop":
        raise _forbid(node, "has a loop whose own name is taken already, or is not one name")
    if not _is_list(over, scope):
        raise _forbid(node, "has a loop that does not go over a list")
    _check_body(node.body, replace(scope, known={**scope.known, target.name: False}, is_in_loop=True))
    _check_body(node.else_, scope)


def _check_text(node: nodes.Node, scope: _Scope) -> None:
    """Check what is written out. It is never longer than what it is made of."""
    inner = scope.within(node)
    match node:
        case nodes.TemplateData():
            pass
        case nodes.Concat():
            for each in node.nodes:
                _check_text(each, inner)
        case nodes.CondExpr(expr2=nodes.Expr() as otherwise):
            _check_condition(node.test, inner)
            _check_text(node.expr1, inner)
            _check_text(otherwise, inner)
        case nodes.Or() | nodes.And():
            _check_text(node.left, inner)
            _check_text(node.right, inner)
        case nodes.Name() if _is_list(node, scope):
            raise UnusableTemplate(
                TemplateProblem.FORBIDDEN,
                f"writes the list {node.name} as it is on line {node.lineno}",
                f"Write {{{{ {node.name} | join(' ') }}}}, or loop over it",
            )
        case _:
            _check_plain(node, inner)


def _check_plain(node: nodes.Node, scope: _Scope) -> None:
    """Check an expression that is a single text or number."""
    match node:
        case nodes.Const() | nodes.Name():
            _is_list(node, scope)
        case nodes.Filter() if node.name in FILTERS_OF_TEXT and _has_no_arguments(node):
            _check_text(_filtered(node), scope)
        case nodes.Filter() if node.name in FILTERS_OF_LISTS:
            _check_filter_of_list(node, scope)
        case nodes.Filter():
            names = ", ".join(sorted(FILTERS_OF_TEXT | FILTERS_OF_LISTS))
            raise UnusableTemplate(
                TemplateProblem.FORBIDDEN, f"uses a filter on line {node.lineno} that it may not", f"One of {names}"
            )
        case nodes.Getattr() if _is_loop_number(node, scope):
            pass
        case _:
            raise _forbid(node)


def _check_condition(node: nodes.Node, scope: _Scope) -> None:
    inner = scope.within(node)
    match node:
        case nodes.Not():
            _check_condition(node.node, inner)
        case nodes.And() | nodes.Or():
            _check_condition(node.left, inner)
            _check_condition(node.right, inner)
        case nodes.Compare():
            _check_comparison(node, inner)
        case nodes.Getattr() if _is_loop(node.node, scope) and node.attr in _LOOP_CLAIMS:
            pass
        case nodes.Name():
            _is_list(node, scope)
        case _:
            _check_plain(node, inner)


def _check_comparison(node: nodes.Compare, scope: _Scope) -> None:
    """Check that texts are only compared with texts, and that only numbers come before or after each other."""
    left = node.expr
    for operand in node.ops:
        right = operand.expr
        if operand.op in _ORDER:
            if not (_is_number(left, scope) and _is_number(right, scope)):
                raise _forbid(node, "compares something else than numbers by size")
        elif operand.op in {"in", "notin"}:
            _check_plain(left, scope)
            if not _is_list(right, scope):
                raise _forbid(node, "looks for something in what is not a list")
        else:
            _check_plain(left, scope)
            _check_plain(right, scope)
        left = right


def _check_filter_of_list(node: nodes.Filter, scope: _Scope) -> None:
    """Check that a list is counted, or joined by a text that stands in the template."""
    if not _is_list(_filtered(node), scope):
        raise _forbid(node, "joins or counts what is not a list")
    by_text = len(node.args) <= 1 and all(isinstance(each, nodes.Const) for each in node.args)
    if node.kwargs or node.dyn_args or node.dyn_kwargs or not by_text or (node.args and node.name != "join"):
        raise _forbid(node, "joins a list by something else than a text in quotes")


def _is_list(node: nodes.Node, scope: _Scope) -> bool:
    """Whether an expression is the name of a list. Raises `UnusableTemplate` for a name that is not known."""
    if not isinstance(node, nodes.Name):
        return False
    if node.name not in scope.known:
        raise UnusableTemplate(
            TemplateProblem.UNKNOWN_NAME,
            f"names {node.name[:60]} on line {node.lineno}, which this kind of answer does not have",
            f"One of {', '.join(scope.known)}",
        )
    return scope.known[node.name]


def _is_number(node: nodes.Node, scope: _Scope) -> bool:
    match node:
        case nodes.Const():
            return isinstance(node.value, int)
        case nodes.Getattr():
            return _is_loop_number(node, scope)
        case nodes.Filter(name="length"):
            _check_filter_of_list(node, scope)
            return True
        case _:
            return False


def _is_loop_number(node: nodes.Getattr, scope: _Scope) -> bool:
    return _is_loop(node.node, scope) and node.attr in _LOOP_NUMBERS


def _is_loop(node: nodes.Node, scope: _Scope) -> bool:
    return scope.is_in_loop and isinstance(node, nodes.Name) and node.name == "loop"


def _has_no_arguments(node: nodes.Filter) -> bool:
    return not (node.args or node.kwargs or node.dyn_args or node.dyn_kwargs)


def _filtered(node: nodes.Filter) -> nodes.Node:
    """Return what a filter is applied to. A block of text that is filtered, which has none, is not allowed."""
    if node.node is None:
        raise _forbid(node)
    return node.node


def _forbid(node: nodes.Node, found: str | None = None) -> UnusableTemplate:
    said = found or f"has a construct that is not allowed, {type(node).__name__},"
    return UnusableTemplate(TemplateProblem.FORBIDDEN, f"{said} on line {node.lineno}", _ALLOWED)
