"""Settings: from the environment and from the directory of secrets it names at the time."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from libs.common.settings import Settings


def test_a_secret_is_read_from_the_directory_that_is_named_when_settings_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "roomsync_amqp_url").write_text("amqp://from-file/\n")
    monkeypatch.delenv("ROOMSYNC_AMQP_URL", raising=False)
    monkeypatch.delenv("ROOMSYNC_SECRETS_DIR", raising=False)
    before = Settings()

    monkeypatch.setenv("ROOMSYNC_SECRETS_DIR", str(tmp_path))

    assert Settings().amqp_url.get_secret_value() == "amqp://from-file/"
    assert before.amqp_url.get_secret_value() != "amqp://from-file/"


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
