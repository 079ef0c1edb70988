"""What `PUT /sim/access` says: which application is to be granted what, and when."""

from collections.abc import Mapping

from tests.graphsim.control import settings
from tests.graphsim.entra.access import Access, Grant
from tests.graphsim.entra.applications import CLIENT_ID, NAMES


def client_id_of(app: object) -> str:
    """An application by name or client id; one that is not registered is a 400."""
    found = next((each for each, name in NAMES.items() if app in {each, name}), None)
    if found is None:
        raise settings.refused(f"app is {app!r}, not one of {', '.join(NAMES.values())}.")
    return found


def change_grant(access: Access, changes: Mapping[str, object]) -> Grant:
    """Change a grant in part; an unknown name or scope is a 400 and changes nothing.

    `app` is ours unless it is named; `after_s` is how long the change takes to come into force.
    """
    client_id = client_id_of(changes.get("app", NAMES[CLIENT_ID]))
    after_s = changes.get("after_s", 0)
    if not isinstance(after_s, int | float):
        raise settings.refused(f"after_s is {after_s!r}, not a number of seconds.")
    parts = {name: value for name, value in changes.items() if name not in {"app", "after_s"}}
    grant = settings.read(Grant, parts, before=access.grant(client_id))
    access.change(client_id, grant, after_s)
    return grant
