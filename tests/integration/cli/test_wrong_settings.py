"""A process with wrong settings says which and why, never shows a value, and is not worth starting again."""

from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from libs.common.settings import Settings
from services.settings_of_roles import SETTINGS
from services.stack import ROLES
from tests.integration.cli.processes import run_module

HUSH = "hush7-hush7"
"""Too short for a secret, and no address."""

PROCESSES: dict[str, type[Settings]] = {f"services.{role.name}": role.settings for role in ROLES}


def secrets_of(kind: type[Settings]) -> list[str]:
    """Name the environment variables of every secret setting."""
    return sorted(
        f"ROOMSYNC_{name.upper()}"
        for name, field in kind.model_fields.items()
        if SecretStr in (field.annotation, *get_args(field.annotation))
    )


def test_the_settings_of_each_role_are_known_without_its_service() -> None:
    assert {role.name: role.settings for role in ROLES} == SETTINGS


def test_there_are_secret_settings_to_test() -> None:
    names = {name for kind in PROCESSES.values() for name in secrets_of(kind)}
    assert {"ROOMSYNC_POSTGRES_URL", "ROOMSYNC_AMQP_URL", "ROOMSYNC_CLIENT_STATE_SECRETS", "ROOMSYNC_SMTP_URL"} <= names


@pytest.mark.parametrize("place", ["environment", "file"])
@pytest.mark.parametrize("module", PROCESSES)
async def test_every_wrong_secret_is_named_and_not_shown(module: str, place: str, tmp_path: Path) -> None:
    names = secrets_of(PROCESSES[module])
    env = {"ROOMSYNC_SECRETS_DIR": str(tmp_path)} if place == "file" else dict.fromkeys(names, HUSH)
    for name in names:
        (tmp_path / name.lower()).write_text(HUSH)

    ended = await run_module(module, **env, ROOMSYNC_SHARDS="no-number")

    assert (ended.code, ended.said) == (2, "")
    assert "hush" not in ended.complained
    assert "no-number" not in ended.complained
    assert "Traceback" not in ended.complained
    sentences = ended.complained.splitlines()
    for name in names:
        assert len([each for each in sentences if each.startswith(f"{name} must ")]) == 1, sentences
    assert "ROOMSYNC_SHARDS must be a whole number." in sentences
    assert all(each.startswith("ROOMSYNC_") and each.endswith(".") for each in sentences), sentences


async def test_all_services_in_one_process_list_what_is_wrong_with_any_of_them_once() -> None:
    ended = await run_module(
        "services.stack", ROOMSYNC_POSTGRES_URL=HUSH, ROOMSYNC_CLIENT_STATE_SECRETS=HUSH, ROOMSYNC_SWEEPS_AT_A_TIME="0"
    )

    named = [each.partition(" ")[0] for each in ended.complained.splitlines()]
    assert ended.code == 2
    assert {
        "ROOMSYNC_POSTGRES_URL",
        "ROOMSYNC_CLIENT_STATE_SECRETS",
        "ROOMSYNC_SWEEPS_AT_A_TIME",
        "ROOMSYNC_INGEST_PUBLIC_URL",
        "ROOMSYNC_API_AUDIENCE",
        "ROOMSYNC_API_ISSUER",
    } <= set(named)
    assert len(named) == len(set(named))
    assert "ROOMSYNC_AMQP_URL" not in named
    assert "hush" not in ended.complained


async def test_whose_tokens_count_is_never_assumed() -> None:
    unset = await run_module("services.policy")
    (sentence,) = [each for each in unset.complained.splitlines() if each.startswith("ROOMSYNC_API_AUDIENCE ")]
    assert (unset.code, "is not set" in sentence, "api://<client id>,<client id>" in sentence) == (2, True, True)

    empty = await run_module("services.policy", ROOMSYNC_API_AUDIENCE=" ,", ROOMSYNC_API_ISSUER="")
    for name in ("ROOMSYNC_API_AUDIENCE", "ROOMSYNC_API_ISSUER"):
        assert f"{name} must name at least one, because no token would count." in empty.complained


@pytest.mark.parametrize("module", ["services.outbound", "services.stack"])
async def test_settings_of_mail_that_contradict_each_other_are_refused_at_the_start(
    module: str, tmp_path: Path
) -> None:
    url = "smtp://rooms:hush@mail.example.org"
    alone = await run_module(module, ROOMSYNC_SMTP_URL=url)
    read = await run_module(module, ROOMSYNC_SMTP_URL=f"{url}?starttls=off", ROOMSYNC_MAIL_SENDER="rooms@example.org")
    nothing = str(tmp_path / "nothing.pem")
    untrusted = await run_module(
        module, ROOMSYNC_SMTP_URL=url, ROOMSYNC_SMTP_CA_FILE=nothing, ROOMSYNC_MAIL_SENDER="Rooms"
    )

    assert (alone.code, read.code, untrusted.code) == (2, 2, 2)
    assert "ROOMSYNC_MAIL_SENDER must be set if ROOMSYNC_SMTP_URL is, such as " in alone.complained
    assert "ROOMSYNC_SMTP_URL must not turn off STARTTLS and hold a password, " in read.complained
    assert "ROOMSYNC_SMTP_CA_FILE must name a PEM file with a certificate, " in untrusted.complained
    assert "ROOMSYNC_MAIL_SENDER must be such as " in untrusted.complained
    assert "hush" not in alone.complained + read.complained + untrusted.complained


@pytest.mark.parametrize(
    ("words", "name", "example"),
    [
        (["migrate"], "ROOMSYNC_POSTGRES_URL", "postgresql://"),
        (["rooms", "list"], "ROOMSYNC_POSTGRES_URL", "postgresql://"),
        (["parked", "list"], "ROOMSYNC_AMQP_URL", "amqps://"),
        (["parked", "replay", "00000000-0000-4000-8000-000000000000"], "ROOMSYNC_AMQP_URL", "amqps://"),
    ],
    ids=["migrate", "rooms-list", "parked-list", "parked-replay"],
)
async def test_a_command_without_its_address_says_what_to_set(words: list[str], name: str, example: str) -> None:
    ended = await run_module("services", *words)

    assert (ended.code, ended.said) == (2, "")
    (sentence,) = ended.complained.splitlines()
    assert sentence.startswith(f"{name} is not set: ")
    assert example in sentence

    wrong = await run_module("services", *words, **{name: HUSH})

    assert wrong.code == 2
    assert wrong.complained.startswith(f"{name} must be an address")
    assert "hush" not in wrong.complained
