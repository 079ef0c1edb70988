"""Write every setting as a line of an environment file. The settings classes are the only source."""

from collections.abc import Sequence

from pydantic import SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from libs.common.settings import Settings

HEAD = """\
# Every setting, with its unit and default. Made by: make documents
# Each may also be a file named roomsync_<setting> in the directory that ROOMSYNC_SECRETS_DIR names; that is where
# passwords, and the credentials of connections under their own names, belong.
"""


def environment_file(classes: Sequence[type[Settings]]) -> str:
    """Return the file: shared settings first, then those that each service adds."""
    listed: set[str] = set()
    sections = [HEAD]
    everyone: list[type[Settings]] = [Settings, *classes]
    for each in everyone:
        fields = {name: field for name, field in each.model_fields.items() if name not in listed}
        listed |= set(fields)
        service = "all services" if each is Settings else each.__name__.removesuffix("Settings").lower()
        sections.append(f"\n# --- {service}\n")
        sections += [_entry(name, field) for name, field in fields.items()]
    return "".join(sections)


def _entry(name: str, field: FieldInfo) -> str:
    is_required = field.default is PydanticUndefined and field.default_factory is None
    comment = "" if is_required else "# "
    note = " Required." if is_required else ""
    return f"\n# {field.description}{note}\n{comment}ROOMSYNC_{name.upper()}={_default(field)}\n"


def _default(field: FieldInfo) -> str:
    value = None if field.default is PydanticUndefined else field.default
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return "" if value is None else str(value)
