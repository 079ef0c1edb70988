"""What `PUT /sim/overlays` says: how Graph shows events otherwise than they are stored."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tests.graphsim.control import settings
from tests.graphsim.exchange.stored_event import Json
from tests.graphsim.exchange.world import World
from tests.graphsim.graph.overlays import Overlay, Overlays
from tests.graphsim.quantities import Length


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """The overlays, all of them; without a list those in force stay. `options` are one of Exchange's: subjects."""

    overlays: list[dict[str, Any]] | None = None
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _OverlayOptions:
    truncate_subjects: Length | None = 255


def change_overlays(world: World, overlays: Overlays, given: Mapping[str, object]) -> Json:
    """Replace the overlays; one that cannot be read is a 400 and changes nothing."""
    said = settings.read(OverlaySettings, given)
    before = _OverlayOptions(world.options.truncate_subjects)
    options = settings.read(_OverlayOptions, said.options, before=before)
    if said.overlays is not None:
        overlays.in_force = [_read(world, each) for each in said.overlays]
    world.options = replace(world.options, truncate_subjects=options.truncate_subjects)
    return {"overlays": overlays.in_force, "options": asdict(options)}


def _read(world: World, given: Mapping[str, Any]) -> Overlay:
    overlay = settings.read(Overlay, given)
    if world.directory.known(overlay.mailbox) is None:
        raise settings.refused(f"mailbox is {overlay.mailbox!r}, which nobody has.")
    if any(not old for old, _ in overlay.replace):
        raise settings.refused("replace has an empty text to look for.")
    return overlay
