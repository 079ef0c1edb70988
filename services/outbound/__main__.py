"""Run the outbound service: `python -m services.outbound`."""

import sys

from services.outbound.wiring import ROLE

if __name__ == "__main__":
    sys.exit(ROLE.run())
