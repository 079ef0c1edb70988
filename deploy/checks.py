"""The checks of `make check` besides lint and types: deployment files, locks, generated files, the code's shape."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from deploy import powershell, shape, vendor
from services.cli.documents import settings

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent

# Spelled in parts, because this file is checked too.
REGISTRIES = tuple(
    ".".join(parts)
    for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("npmjs", "com"), ("crates", "io"))
)
LOCKED = re.compile(r"[A-Za-z0-9._-]+(\[[^\]]+\])?==\S+( ; .+)? \\|    --hash=sha256:[0-9a-f]{64}( \\)?")


def committed_files() -> list[Path]:
    """Return every file that is in the repository, or is new and not ignored."""
    listed = _output("git", "ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def no_file_names_a_registry() -> Iterator[str]:
    """No file names a package registry: each machine chooses its own index."""
    for path in committed_files():
        text = path.read_text(encoding="utf-8", errors="ignore")
        for host in REGISTRIES:
            if host in text:
                yield f"{path.relative_to(ROOT)} names {host}; leave the choice of an index to the machine."


def locks_hold_nothing_but_hashes() -> Iterator[str]:
    """A lock has requirements with hashes only: an address or an option would bind it to one place of download."""
    for path in sorted((ROOT / "requirements").glob("*.lock")):
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if not LOCKED.fullmatch(line):
                yield f"{path.relative_to(ROOT)}:{number} is no hashed requirement: {line.strip()!r}; run: make lock"


def dockerfile_is_sound() -> Iterator[str]:
    """Hadolint finds nothing wrong."""
    yield from _complaints(BIN / "hadolint", "deploy/Dockerfile")


def compose_file_is_valid() -> Iterator[str]:
    """The compose file follows the schema of Compose."""
    yield from _complaints(BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yml")


def environment_example_is_current() -> Iterator[str]:
    """Every setting is in `.env.example`, as the code has it."""
    if settings() != (ROOT / ".env.example").read_text():
        yield ".env.example differs from the settings in the code; run: make documents"


CHECKS: tuple[Callable[[], Iterator[str]], ...] = (
    no_file_names_a_registry,
    locks_hold_nothing_but_hashes,
    dockerfile_is_sound,
    compose_file_is_valid,
    environment_example_is_current,
    powershell.scripts_parse,
    shape.no_class_name_has_two_meanings,
    shape.services_have_the_same_rooms,
    shape.services_say_what_they_are,
    shape.nothing_is_left_running,
    vendor.files_are_as_brought,
)


def main() -> int:
    """Run every check, print what is wrong, and return the exit code: 1 if there are complaints."""
    found = [complaint for check in CHECKS for complaint in check()]
    for complaint in found:
        sys.stderr.write(f"{complaint}\n")
    if not found:
        sys.stdout.write("Deployment files and the shape of the code are sound.\n")
    return min(len(found), 1)


def _complaints(*command: str | Path) -> Iterator[str]:
    done = subprocess.run([str(word) for word in command], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        yield (done.stdout + done.stderr).strip()


def _output(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


if __name__ == "__main__":
    sys.exit(main())
