"""Which tests stay together where they are spread over processes: those that share a system, or a module's fixtures."""

from xdist.scheduler import LoadScopeScheduling

MODES = ("real", "embedded")


class BySharedFixtures(LoadScopeScheduling):  # type: ignore[misc]  # xdist is untyped
    """One running system serves all tests of its mode; each other module stays whole."""

    def _split_scope(self, nodeid: str) -> str:
        module, _, test = nodeid.partition("::")
        parameters = test.partition("[")[2]
        if module.startswith("tests/system/"):
            return next((f"system {mode}" for mode in MODES if mode in parameters), module)
        return module
