"""Run the ingest service: `python -m services.ingest`."""

import sys

from services.ingest.wiring import ROLE

if __name__ == "__main__":
    sys.exit(ROLE.run())
