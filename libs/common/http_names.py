"""Name an HTTP request in metrics and traces by names of ours, whatever path or method a stranger makes up."""

from collections.abc import Collection

from starlette.types import Scope

OTHER = "other"
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def method_of(scope: Scope) -> str:
    """Return the method of a request, if it is one that is known."""
    return scope["method"] if scope["method"] in _METHODS else OTHER


def route_of(scope: Scope, plain: Collection[str]) -> str:
    """Return the template of a request's route, once it was found; `plain` are the paths of those without one."""
    template: str | None = getattr(scope.get("route"), "path", None)
    return template or (scope["path"] if scope["path"] in plain else OTHER)
