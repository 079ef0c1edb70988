"""Settings: from the environment and from the directory of secrets it names at the time."""

import os
from pathlib import Path

import pytest
from pydantic import ValidationError

from libs.common.settings import Settings
from libs.common.wrong_settings import WrongSettings, read_all, read_settings


def test_a_secret_is_read_from_the_directory_that_is_named_when_settings_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "roomsync_amqp_url").write_text("amqp://from-file/\n")
    monkeypatch.delenv("ROOMSYNC_AMQP_URL", raising=False)
    monkeypatch.delenv("ROOMSYNC_SECRETS_DIR", raising=False)
    before = Settings()

    monkeypatch.setenv("ROOMSYNC_SECRETS_DIR", str(tmp_path))

    assert Settings().broker_address == "amqp://from-file/"
    assert before.amqp_url is None


def test_the_environment_has_the_last_word_over_files_and_arguments_over_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "roomsync_bus_namespace").write_text("from-file")
    monkeypatch.setenv("ROOMSYNC_SECRETS_DIR", str(tmp_path))
    assert Settings().bus_namespace == "from-file"

    monkeypatch.setenv("ROOMSYNC_BUS_NAMESPACE", "from-environment")

    assert Settings().bus_namespace == "from-environment"
    assert Settings(bus_namespace="given").bus_namespace == "given"


def test_printing_settings_shows_no_password() -> None:
    given = Settings.model_validate({"postgres_url": "postgresql://a:hush@db/rooms", "amqp_url": "amqp://a:hush@b/"})

    assert "hush" not in repr(given) + str(given) + str(given.model_dump()) + given.model_dump_json()


@pytest.mark.parametrize(
    ("name", "value"), [("SHARDS", "0"), ("SHARDS", "65"), ("LOG_LEVEL", "LOUD"), ("DRAIN_DEADLINE_S", "0")]
)
def test_a_value_out_of_bounds_is_refused_by_name(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"ROOMSYNC_{name}", value)

    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


@pytest.fixture
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in [each for each in os.environ if each.startswith("ROOMSYNC_")]:
        monkeypatch.delenv(name)
    return monkeypatch


def wrong(*needed: str) -> tuple[str, ...]:
    with pytest.raises(WrongSettings) as refused:
        read_settings(Settings, *needed)
    return refused.value.sentences


def test_what_is_wrong_is_said_in_one_sentence_for_each_setting(nothing_set: pytest.MonkeyPatch) -> None:
    nothing_set.setenv("ROOMSYNC_SHARDS", "ninety")
    nothing_set.setenv("ROOMSYNC_LOG_LEVEL", "LOUD")
    nothing_set.setenv("ROOMSYNC_DRAIN_DEADLINE_S", "0")

    assert wrong() == (
        "ROOMSYNC_SHARDS must be a whole number.",
        "ROOMSYNC_LOG_LEVEL must be one of 'DEBUG', 'INFO', 'WARNING' or 'ERROR'.",
        "ROOMSYNC_DRAIN_DEADLINE_S must be more than 0.0.",
    )


def test_an_address_that_is_needed_has_no_default(nothing_set: pytest.MonkeyPatch) -> None:
    nothing_set.setenv("ROOMSYNC_SHARDS", "65")

    database, broker, shards = wrong("postgres_url", "amqp_url")

    assert database.startswith("ROOMSYNC_POSTGRES_URL is not set: PostgreSQL database, such as postgresql://")
    assert broker.startswith("ROOMSYNC_AMQP_URL is not set: RabbitMQ virtual host, such as amqps://")
    assert shards == "ROOMSYNC_SHARDS must be at most 64."


def test_an_address_that_is_needed_by_nobody_here_may_be_missing(nothing_set: pytest.MonkeyPatch) -> None:
    nothing_set.setenv("ROOMSYNC_AMQP_URL", "amqp://host/")

    assert read_settings(Settings, "amqp_url").broker_address == "amqp://host/"


@pytest.mark.parametrize(
    "address",
    [
        "hush",
        "http://a:hush@host/rooms",
        "postgresql://a:hu/sh@host:5432/rooms",
        "postgresql://a:hu#sh@host:5432/rooms",
        "postgresql://a:hu?sh@host:5432/rooms",
        "postgresql://a:12/sh@host:5432/rooms",
        "postgresql://a:hush@host:hush/rooms",
        "postgresql://a:hush@host:99999/rooms",
        "postgresql://a:hush@[host/rooms",
        "postgresql:///rooms",
        "",
    ],
)
def test_an_address_that_cannot_be_read_is_refused_without_being_shown(
    nothing_set: pytest.MonkeyPatch, address: str
) -> None:
    nothing_set.setenv("ROOMSYNC_POSTGRES_URL", address)

    (said,) = wrong("postgres_url")

    assert said.startswith("ROOMSYNC_POSTGRES_URL must be an address such as postgresql://user:password@host")
    assert "sh@" not in said
    assert "hush" not in said


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://a:h%40sh@host/rooms",
        "postgres://host:5432/rooms?sslmode=require",
        "postgresql:///rooms?host=/run/postgresql",
        "postgresql://a@[::1]:5432/rooms",
    ],
)
def test_an_address_that_can_be_read_is_taken(nothing_set: pytest.MonkeyPatch, address: str) -> None:
    nothing_set.setenv("ROOMSYNC_POSTGRES_URL", address)

    assert read_settings(Settings, "postgres_url").database_address == address


def test_what_several_services_read_is_named_once(nothing_set: pytest.MonkeyPatch) -> None:
    class Other(Settings):
        """Has a setting of its own."""

        own: int

    with pytest.raises(WrongSettings) as refused:
        read_all([Settings, Other], "postgres_url")

    assert [each.partition(" ")[0] for each in refused.value.sentences] == ["ROOMSYNC_POSTGRES_URL", "ROOMSYNC_OWN"]


def test_a_directory_of_secrets_that_is_none_is_named(nothing_set: pytest.MonkeyPatch, tmp_path: Path) -> None:
    nothing_set.setenv("ROOMSYNC_SECRETS_DIR", str(tmp_path / "missing"))

    assert wrong() == (f"ROOMSYNC_SECRETS_DIR names '{tmp_path}/missing', which is no directory.",)


def test_a_secret_file_that_is_no_text_is_refused_without_being_shown(
    nothing_set: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "roomsync_amqp_url").write_bytes(b"hush\xff\xfe")
    nothing_set.setenv("ROOMSYNC_SECRETS_DIR", str(tmp_path))

    (said,) = wrong()

    assert said == "A file in the directory that ROOMSYNC_SECRETS_DIR names cannot be read as text."
