"""Read settings, or say in one sentence for each what is wrong with them.

One rule: no sentence shows the value of a setting, because it may be a secret, or a secret put in the wrong place.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, SecretStr, ValidationError, create_model
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError

from libs.common.settings import SECRETS_DIR, Settings

AnySettings = TypeVar("AnySettings", bound=Settings)

EXIT_STATUS = 2
"""Of a process whose settings are wrong: to start it again changes nothing."""

_EXPECTED: Mapping[str, str] = {
    "literal_error": "must be one of {expected}",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "string_too_short": "must have at least {min_length} characters",
    "too_short": "must have at least {min_length} characters",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_parsing": "must be true or false",
    "value_error": "{error}",
}
"""What is wrong, by the type of pydantic's error. A validator of ours says it in its own words, without the value.

Source: https://docs.pydantic.dev/latest/errors/validation_errors/
"""


class WrongSettings(Exception):
    """Settings that a process cannot work with; one sentence for each."""

    def __init__(self, sentences: Iterable[str]) -> None:
        self.sentences = tuple(sentences)
        super().__init__("\n".join(self.sentences))


def read_settings(kind: type[AnySettings], *needed: str) -> AnySettings:
    """Read one class of settings; those `needed` have to be set although others do without. Raises `WrongSettings`."""
    (found,) = read_all([kind], *needed)
    return found


def read_all(kinds: Sequence[type[AnySettings]], *needed: str) -> list[AnySettings]:
    """Read several classes of settings. Raises `WrongSettings` about all of them together, each setting once."""
    found: list[AnySettings] = []
    sentences: dict[str, None] = dict.fromkeys(_of_the_directory())
    for kind in kinds:
        try:
            found.append(_needing(kind, needed)())
        except ValidationError as error:
            sentences |= dict.fromkeys(_sentence(kind, each) for each in error.errors(include_url=False))
        except (SettingsError, UnicodeDecodeError, OSError):
            sentences[f"A file in the directory that {SECRETS_DIR} names cannot be read as text."] = None
    if sentences:
        raise WrongSettings(sentences)
    return found


def complain(error: WrongSettings) -> int:
    """Write the sentences for whoever started the process; return its exit status."""
    sys.stderr.write(f"{error}\n")
    return EXIT_STATUS


def _needing(kind: type[AnySettings], needed: Iterable[str]) -> type[AnySettings]:
    """Return the same class with these settings required."""
    required: dict[str, Any] = {
        name: (SecretStr, Field(description=kind.model_fields[name].description)) for name in needed
    }
    return create_model(kind.__name__, __base__=kind, **required) if required else kind


def _of_the_directory() -> Iterable[str]:
    directory = os.environ.get(SECRETS_DIR)
    if directory and not Path(directory).is_dir():
        yield f"{SECRETS_DIR} names {directory!r}, which is no directory."


def _sentence(kind: type[Settings], error: ErrorDetails) -> str:
    field = str(error["loc"][0]) if error["loc"] else ""
    name = f"ROOMSYNC_{field.upper()}" if field else "The settings"
    if error["type"] == "missing":
        description = kind.model_fields[field].description or ""
        return f"{name} is not set: {description.removesuffix('.')}."
    expected = _EXPECTED.get(error["type"], "cannot be used as it is ({type})")
    return f"{name} {expected.format(type=error['type'], **error.get('ctx', {}))}."
