"""The production shape and the local one agree, and `.env.example` says what each setting is for."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from deploy.checks import CHECKS, LOCKED
from deploy.local.options import Mode
from deploy.local.services import ROLES, ROOT, commands
from deploy.shape import bare_gathers
from libs.common.settings import Settings
from services.settings_listing import environment_file

COMPOSE = YAML(typ="safe").load(Path(ROOT / "docker-compose.yml"))


@pytest.mark.parametrize("role", ROLES)
def test_compose_runs_what_make_up_runs(role: str) -> None:
    composed = COMPOSE["services"][role]["command"]

    assert composed[0] == "python"
    assert composed[1:] == commands(Mode.REAL)[role][1:]


def test_nothing_is_published_in_plain_http_beyond_this_machine() -> None:
    published = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]

    assert published
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_every_secret_of_compose_is_a_file() -> None:
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())


@pytest.mark.parametrize("role", ROLES)
def test_no_service_has_a_password_in_its_environment(role: str) -> None:
    names = COMPOSE["services"][role].get("environment", {})

    assert not [name for name in names if "SECRET" in name or "PASSWORD" in name or name.endswith("_URL")]


def test_a_lock_holds_only_hashed_requirements() -> None:
    assert LOCKED.fullmatch("aiohttp[speedups]==3.14.5 ; python_version < '3.13' \\")
    assert LOCKED.fullmatch("    --hash=sha256:" + "0" * 64)
    assert not LOCKED.fullmatch("--index-url https://example.org/simple")
    assert not LOCKED.fullmatch("aiohttp @ https://example.org/aiohttp.whl")


def test_the_environment_file_tells_every_shared_setting_with_its_default() -> None:
    text = environment_file([])

    for name, field in Settings.model_fields.items():
        assert f"\n# {field.description}" in text
        assert f"ROOMSYNC_{name.upper()}=" in text
    assert "# ROOMSYNC_SHARDS=8\n" in text


def test_every_check_says_in_a_sentence_what_it_holds() -> None:
    assert all(check.__doc__ for check in CHECKS)


@pytest.mark.parametrize(
    ("call", "is_bare"),
    [
        ("await asyncio.gather(one(), two())", True),
        ("await gather(*works)", True),
        ("await asyncio.gather(*works, return_exceptions=False)", True),
        ("both = asyncio.gather(\n    one(), asyncio.gather(two(), return_exceptions=True)\n)", True),
        ("await asyncio.gather(*tasks, return_exceptions=True)", False),
        ("self.gather(items)", False),
        ("await together(works)", False),
    ],
)
def test_a_gather_that_leaves_the_others_running_is_found(call: str, is_bare: bool) -> None:
    assert bare_gathers(f"x = 1\n{call}") == ([2] if is_bare else [])
