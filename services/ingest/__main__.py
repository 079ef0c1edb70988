"""Run the ingest service: `python -m services.ingest`."""

import sys

from libs.common.runtime import main
from services.bus import topology
from services.ingest.settings import IngestSettings
from services.ingest.wiring import open_service

if __name__ == "__main__":
    settings = IngestSettings()
    sys.exit(main("ingest", settings, topology(settings), open_service))
