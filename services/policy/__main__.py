"""Run the policy service: `python -m services.policy`."""

import sys

from libs.common.runtime import main
from services.bus import topology
from services.policy.settings import PolicySettings
from services.policy.wiring import open_service

if __name__ == "__main__":
    settings = PolicySettings()
    sys.exit(main("policy", settings, topology(settings), open_service))
