"""`roomsync` works from its environment in any directory, completes words in each shell, and asks before a loss."""

import asyncio
import json
import os
import pty
import sys
from pathlib import Path

import pytest

from tests.integration.cli.processes import ROOT, EndedProcess, run_module

NOBODYS = "00000000-0000-4000-8000-000000000000"
LAUNCHER = ROOT / "deploy" / "roomsync"


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    """An environment with the command, as `make setup` and the image make it."""
    binaries = tmp_path / "environment" / "bin"
    binaries.mkdir(parents=True)
    real = Path(sys.prefix)
    (binaries / "python").symlink_to((real / "bin" / "python").resolve())
    (binaries.parent / "lib").symlink_to(real / "lib")
    (binaries.parent / "pyvenv.cfg").write_text((real / "pyvenv.cfg").read_text())
    (binaries / "roomsync").symlink_to(LAUNCHER)
    return binaries


async def run(*words: str, cwd: Path, **env: str) -> EndedProcess:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ROOMSYNC_", "PYTHON"))}
    process = await asyncio.create_subprocess_exec(
        *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=cwd, env={**inherited, **env}
    )
    async with asyncio.timeout(60):
        said, complained = await process.communicate()
    return EndedProcess(process.returncode or 0, said.decode(), complained.decode())


async def test_the_command_of_an_environment_works_in_any_directory_and_reads_no_code_there(
    environment: Path, tmp_path: Path
) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "services").mkdir(parents=True)
    (elsewhere / "services" / "__main__.py").write_text("raise SystemExit('code of somebody else')")

    ended = await run("roomsync", "version", "--json", cwd=elsewhere, PATH=f"{environment}:{os.environ['PATH']}")

    assert (ended.code, ended.complained) == (0, "")
    assert json.loads(ended.said)["roomsync"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
async def test_each_shell_is_told_how_to_complete_without_settings(shell: str, tmp_path: Path) -> None:
    switch = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    ended = await run(str(LAUNCHER), "--show-completion", shell, cwd=tmp_path, **switch)

    assert (ended.code, ended.complained) == (0, "")
    assert "_ROOMSYNC_COMPLETE" in ended.said


async def test_words_are_completed_without_settings_or_servers(tmp_path: Path) -> None:
    words = {"COMP_WORDS": "roomsync subscriptions re", "COMP_CWORD": "2", "_ROOMSYNC_COMPLETE": "complete_bash"}
    ended = await run(str(LAUNCHER), cwd=tmp_path, **words)

    assert (ended.code, ended.said.split(), ended.complained) == (0, ["renew"], "")


@pytest.mark.parametrize(
    "words",
    [["parked", "drop", NOBODYS], ["rooms", "confirm", NOBODYS, "--by", "somebody"]],
    ids=["parked-drop", "rooms-confirm"],
)
async def test_what_loses_data_is_not_done_where_nobody_can_be_asked(words: list[str]) -> None:
    ended = await run_module("services", *words)

    assert (ended.code, ended.said) == (2, "")
    assert "Nothing was done: say --yes" in ended.complained


async def test_a_person_who_says_no_loses_nothing(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        *(str(LAUNCHER), "parked", "drop", NOBODYS), stdin=theirs, stderr=asyncio.subprocess.PIPE, cwd=tmp_path
    )
    os.write(ours, b"n\n")
    async with asyncio.timeout(60):
        _, complained = await process.communicate()

    assert process.returncode == 1
    assert "will be forgotten for good" in complained.decode()
    assert "Nothing was done." in complained.decode()
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("group", ["spaces", "rooms", "subscriptions", "policies", "approvals", "connections"])
async def test_the_name_of_a_group_alone_lists_it(group: str, database: str) -> None:
    env = {"ROOMSYNC_POSTGRES_URL": database}
    assert (await run_module("services", "migrate", "--json", **env)).code == 0

    alone = await run_module("services", group, "--json", **env)
    listed = await run_module("services", group, "list", "--json", **env)
    misplaced = await run_module("services", group, "--json", "list", **env)

    assert (alone.code, alone.said, alone.complained) == (0, listed.said, "")
    assert len(json.loads(listed.said)) == (group == "policies")  # the one that is there from the start
    assert (misplaced.code, "Put --json behind the command" in misplaced.complained) == (2, True)
