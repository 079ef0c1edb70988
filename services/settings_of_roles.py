"""The settings of every service, for what judges them without running any: it need not load the services for that."""

from libs.common.settings import Settings
from services.ingest.settings import IngestSettings
from services.outbound.settings import OutboundSettings
from services.policy.settings import PolicySettings
from services.reconciler.settings import ReconcilerSettings

SETTINGS: dict[str, type[Settings]] = {
    "policy": PolicySettings,
    "outbound": OutboundSettings,
    "ingest": IngestSettings,
    "reconciler": ReconcilerSettings,
}
"""The settings of each role, as `services.stack.ROLES` has them."""
