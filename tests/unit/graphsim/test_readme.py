"""The page about the simulator names everything that its control surface takes."""

from dataclasses import fields
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.graphsim import tls
from tests.graphsim.control import fault_effects, faults, many_events, options, outside, overlay_settings
from tests.graphsim.delivery import dispatcher
from tests.graphsim.entra import access, id_tokens, keys, people
from tests.graphsim.entra.applications import Credentials
from tests.graphsim.entra.tokens import Entra
from tests.graphsim.exchange import attendant, directory, mailbox, world
from tests.graphsim.graph import overlays, throttling
from tests.graphsim.server import ServerOptions, Simulation, application

README = (Path(__file__).parents[2] / "graphsim" / "README.md").read_text()
SETTINGS = (
    access.Grant,
    dispatcher.DeliverySettings,
    directory.MailboxSettings,
    fault_effects.Effect,
    id_tokens.IdTokenFlaws,
    people.TenantUser,
    faults.Match,
    throttling.ThrottlingSettings,
    mailbox.Processing,
    mailbox.Recreation,
    many_events.ManyEvents,
    outside.Outside,
    overlay_settings.OverlaySettings,
    overlays.Overlay,
    options.SimulatorOptions,
)


def control_routes() -> list[str]:
    """The paths of the control surface, as the application serves them."""
    with TemporaryDirectory() as scratch:
        key = keys.signing_key(Path(scratch) / "key.pem")
        certificate = keys.application_certificate(Path(scratch) / "app.pem", "roomsync")
        tls.server_context(Path(scratch), "127.0.0.1")
        entra = Entra("https://127.0.0.1", key, key, Credentials("secret", certificate))
        app = application(Simulation(world.World(attendant.receive), entra, ServerOptions(Path(scratch) / "ca.pem")))
    found = {route.resource.canonical for route in app.router.routes() if route.resource is not None}
    return sorted(path for path in found if path.startswith("/sim/"))


@pytest.mark.parametrize("path", control_routes())
def test_every_control_route_is_described(path: str) -> None:
    assert f" {path}`" in README or f" {path}?" in README


@pytest.mark.parametrize("kind", SETTINGS, ids=lambda kind: f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}")
def test_every_setting_is_named(kind: type) -> None:
    assert [each.name for each in fields(kind) if each.name not in README] == []
