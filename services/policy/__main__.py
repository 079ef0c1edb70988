"""Run the policy service: `python -m services.policy`."""

import sys

from services.policy.wiring import ROLE

if __name__ == "__main__":
    sys.exit(ROLE.run())
