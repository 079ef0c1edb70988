"""Run the reconciler: `python -m services.reconciler`."""

import sys

from libs.common.runtime import main
from services.bus import topology
from services.reconciler.settings import ReconcilerSettings
from services.reconciler.wiring import open_service

if __name__ == "__main__":
    settings = ReconcilerSettings()
    sys.exit(main("reconciler", settings, topology(settings), open_service))
