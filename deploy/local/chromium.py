"""Debian's Chromium, for tests of what people see in a browser: the installed one, or its package if we may install it.

It is driven by Playwright, whose own browsers are never fetched: they come from one place on the internet only.
"""

import shutil
from pathlib import Path

from deploy.local.machine import Say
from deploy.local.packages import can_install, install
from deploy.local.process import CannotStart
from deploy.local.scratch import log_file

PACKAGE = "chromium"


class NoChromium(CannotStart):
    """There is no Chromium on this machine. The message says how to get it."""


def installed_chromium() -> Path | None:
    """Return the program, None if Chromium is not installed."""
    found = shutil.which(PACKAGE)
    return Path(found) if found else None


async def bring_chromium(directory: Path, say: Say) -> Path:
    """Return the program, after installing the package where it is missing and we are root.

    The log of an installation is in `directory`. Raises NoChromium.
    """
    found = installed_chromium()
    if found is None and can_install():
        say("Installing Chromium from the distribution's packages; this happens once.")
        log = log_file(directory, "apt")
        if not await install([PACKAGE], log):
            say(f"It could not be installed; {log} says why.")
        found = installed_chromium()
    if found is None:
        raise NoChromium(f"Chromium cannot be found on this machine; get it by: apt-get install {PACKAGE}")
    return found
