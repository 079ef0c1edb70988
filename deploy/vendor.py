"""The packages of others that the console serves: bring them, and check that they are as they were brought.

`VENDORED.toml` beside the files is the record. `make vendor` brings each package at the version that stands there, by
`npm pack`, which asks the registry that this machine is set up for, and writes down the hashes of what came. Nothing is
run of a package. A licence that a package does not carry is kept in the folder by hand.
"""

import json
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha512
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "services/policy/console/static/vendor"
RECORD = "VENDORED.toml"
LICENCE = ".LICENSE"


@dataclass(frozen=True, slots=True)
class VendoredPackage:
    """A package as the record has it. `files` tells which of its files is kept under which name, `hashes` how each is.

    Hashes are written as npm does: sha512 and the digest in base64.
    """

    name: str
    version: str
    licence: str
    integrity: str
    files: Mapping[str, str]
    hashes: Mapping[str, str]


class NotAsRecorded(Exception):
    """A package came otherwise than the record has it at this version. Do not keep it; look into why."""


def files_are_as_brought(folder: Path = FOLDER) -> Iterator[str]:
    """Each file of others is as it was brought, stands in the record, and has a licence."""
    packages = read_record(folder)
    hashes = {name: found for each in packages for name, found in each.hashes.items()}
    present = {path.name for path in folder.iterdir()} - {RECORD}
    for name in sorted(present - hashes.keys() - {licence_of(each) for each in packages}):
        yield f"{folder.name}/{name} is not in {RECORD}; say there what package it is of, or delete it."
    for name, expected in sorted(hashes.items()):
        if name not in present:
            yield f"{folder.name}/{name} is missing; run: make vendor"
        elif hash_of((folder / name).read_bytes()) != expected:
            yield f"{folder.name}/{name} differs from {RECORD}; files of others are not edited; run: make vendor"
    for each in packages:
        if licence_of(each) not in present:
            yield f"{folder.name}/{licence_of(each)} is missing: {each.name} may only be passed on with its licence."
        for name in sorted(each.files.keys() - each.hashes.keys()):
            yield f"{RECORD} has no hash of {name}; run: make vendor"


def read_record(folder: Path = FOLDER) -> list[VendoredPackage]:
    """Read the record."""
    found = tomllib.loads((folder / RECORD).read_text(encoding="utf-8"))
    return [VendoredPackage(**each) for each in found["package"]]


def write_record(folder: Path, packages: list[VendoredPackage]) -> None:
    """Write the record anew, under the remarks that it opens with."""
    lines = (folder / RECORD).read_text(encoding="utf-8").splitlines()
    remarks = [line for line in lines if line.startswith("#")]
    (folder / RECORD).write_text("\n".join([*remarks, *map(_as_toml, packages)]) + "\n", encoding="utf-8")


def licence_of(package: VendoredPackage) -> str:
    """Return the name of the file with the licence of a package: that of its first file, up to the first dot."""
    return next(iter(package.files)).partition(".")[0] + LICENCE


def hash_of(content: bytes) -> str:
    """Return the hash of a content as npm writes it."""
    return "sha512-" + b64encode(sha512(content).digest()).decode()


def bring(package: VendoredPackage, folder: Path) -> VendoredPackage:
    """Bring the files of a package into the folder. Raises `NotAsRecorded`."""
    with tempfile.TemporaryDirectory() as place:
        asked = ["npm", "pack", "--json", "--ignore-scripts", "--pack-destination", place]
        done = subprocess.run([*asked, f"{package.name}@{package.version}"], capture_output=True, text=True, check=True)
        [told] = json.loads(done.stdout)
        [packed] = Path(place).iterdir()
        integrity = hash_of(packed.read_bytes())
        expected = package.integrity or told["integrity"]
        if integrity != expected:
            raise NotAsRecorded(f"{package.name} {package.version} came as {integrity}; expected is {expected}")
        with tarfile.open(packed) as archive:
            contents = {name: _content(archive, path) for name, path in package.files.items()}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return replace(package, integrity=integrity, hashes={name: hash_of(each) for name, each in contents.items()})


def _content(archive: tarfile.TarFile, path: str) -> bytes:
    found = archive.extractfile(f"package/{path}")
    if found is None:
        raise FileNotFoundError(f"the package has no file {path}")
    return found.read()


def _as_toml(package: VendoredPackage) -> str:
    plain = [f'{key} = "{getattr(package, key)}"' for key in ("name", "version", "licence", "integrity")]
    files = [f'"{name}" = "{path}"' for name, path in package.files.items()]
    hashes = [f'"{name}" = "{found}"' for name, found in package.hashes.items()]
    return "\n".join(["", "[[package]]", *plain, "[package.files]", *files, "[package.hashes]", *hashes])


def main() -> int:
    """Bring every package at the version that stands in the record."""
    packages = [bring(each, FOLDER) for each in read_record()]
    write_record(FOLDER, packages)
    sys.stdout.write("".join(f"{each.name} {each.version} ({each.licence})\n" for each in packages))
    return 0


if __name__ == "__main__":
    sys.exit(main())
