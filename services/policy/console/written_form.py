"""A form as somebody sent it, or as it stands at first, with a sentence at each field that cannot be used."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from libs.contracts.problems import FieldProblem
from services.policy.commands.refusals import say_invalid


@dataclass(frozen=True, slots=True)
class WrittenForm:
    """What stands in the fields of a form, and what is wrong with it, by the names of the fields."""

    written: Mapping[str, Sequence[str]]
    problems: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        values = self.written.get(name, ())
        return values[-1] if values else ""


def say_at_fields(problems: Iterable[FieldProblem], labels: Mapping[str, str]) -> Mapping[str, Sequence[str]]:
    """Return a sentence for each problem, at the field that it is about or lies in, which is called by its label."""
    said: defaultdict[str, list[str]] = defaultdict(list)
    for each in problems:
        name = each.field.partition(".")[0]
        said[name].append(say_invalid(labels.get(name, name), each.problem, each.expected))
    return {name: tuple(dict.fromkeys(sentences)) for name, sentences in said.items()}
