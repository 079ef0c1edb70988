"""Run the outbound service: `python -m services.outbound`."""

import sys

from libs.common.runtime import main
from services.bus import topology
from services.outbound.settings import OutboundSettings
from services.outbound.wiring import open_service

if __name__ == "__main__":
    settings = OutboundSettings()
    sys.exit(main("outbound", settings, topology(settings), open_service))
