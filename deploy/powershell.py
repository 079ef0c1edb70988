"""Parse the PowerShell scripts of the set-up: nothing runs them where Roomsync is developed."""

from collections.abc import Iterator
from pathlib import Path

import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

SCRIPTS = Path(__file__).parent / "microsoft365"
LANGUAGE = Language(tree_sitter_powershell.language())


def scripts_parse() -> Iterator[str]:
    """Every script has a syntax that PowerShell understands."""
    for path in sorted(SCRIPTS.glob("*.ps*1")):
        for row in faults_of(path.read_bytes()):
            yield f"{path.name}:{row} is no PowerShell."


def faults_of(script: bytes) -> Iterator[int]:
    """Return the numbers of the lines at which a script cannot be understood."""
    yield from _faults(Parser(LANGUAGE).parse(script).root_node)


def _faults(node: Node) -> Iterator[int]:
    if node.is_error or node.is_missing:
        yield node.start_point.row + 1
        return
    for child in node.children:
        yield from _faults(child)
