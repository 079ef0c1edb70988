"""Check the shape of the code: one meaning for each class name, the same rooms in each service, nothing left running.

import-linter checks the direction of imports; see `pyproject.toml`.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAMED = ("libs", "services", "deploy", "tests/graphsim", "tests/support", "tests/bench")

ROOMS = frozenset(
    {"web", "api", "console", "handlers", "loops", "commands", "store", "core", "migrations"}
    | {"__init__.py", "__main__.py", "settings.py", "wiring.py"}
)
"""The rooms of a service: its modules and packages. `CONTRIBUTING.md` says what belongs where."""

SAID = ("Consumes", "Publishes", "Owns", "One rule")


def no_class_name_has_two_meanings() -> Iterator[str]:
    """Report every public class name that is defined in more than one module."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    for path in _modules(NAMED):
        for name in _public_classes(ast.parse(path.read_text(encoding="utf-8"))):
            found[name].append(str(path.relative_to(ROOT)))
    for name, places in sorted(found.items()):
        if len(places) > 1:
            yield f"The class name {name} has {len(places)} meanings: {', '.join(places)}; call each what it is."


def services_have_the_same_rooms() -> Iterator[str]:
    """Report everything in a service that is not one of the rooms."""
    for service in _services():
        for entry in sorted(service.iterdir()):
            if entry.name not in ROOMS and entry.name != "__pycache__":
                yield f"{entry.relative_to(ROOT)} is no room of a service; the rooms are {', '.join(sorted(ROOMS))}."


def services_say_what_they_are() -> Iterator[str]:
    """Report every service whose docstring does not say what it consumes, publishes and owns, and its one rule."""
    for service in _services():
        said = ast.get_docstring(ast.parse((service / "__init__.py").read_text(encoding="utf-8"))) or ""
        missing = [word for word in SAID if f"{word}:" not in said]
        if missing:
            yield f"{service.relative_to(ROOT)}/__init__.py does not say: {', '.join(missing)}."


def nothing_is_left_running() -> Iterator[str]:
    """Report every `gather` that raises its first error while the others go on; ruff reports tasks nobody keeps."""
    for path in _modules(NAMED):
        for line in bare_gathers(path.read_text(encoding="utf-8")):
            yield (
                f"{path.relative_to(ROOT)}:{line} leaves the others running after the first error; "
                "use a TaskGroup, libs.common.together, or return_exceptions=True."
            )


def bare_gathers(source: str) -> list[int]:
    """Return the lines on which `gather` or `asyncio.gather` is called without `return_exceptions=True`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [each.lineno for each in calls if _is_gather(each.func) and not _returns_exceptions(each)]


def _is_gather(called: ast.expr) -> bool:
    return ast.unparse(called) in {"gather", "asyncio.gather"}


def _returns_exceptions(call: ast.Call) -> bool:
    return any(each.arg == "return_exceptions" and ast.unparse(each.value) == "True" for each in call.keywords)


def _services() -> list[Path]:
    return sorted(path.parent for path in (ROOT / "services").glob("*/wiring.py"))


def _modules(folders: Iterable[str]) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def _public_classes(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield node.name
