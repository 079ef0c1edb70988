"""Run the reconciler: `python -m services.reconciler`."""

import sys

from services.reconciler.wiring import ROLE

if __name__ == "__main__":
    sys.exit(ROLE.run())
