"""Command line of the local system: `python -m deploy.local up | down | run`."""

import os
import sys

from deploy.local.background import down, run, until_stopped, up
from deploy.local.machine import Mode


def main(words: list[str]) -> int:
    """Carry out one command and return its exit code."""
    match words:
        case ["up"]:
            return up()
        case ["down"]:
            return down()
        case ["run"]:
            return until_stopped(run(Mode(os.environ.get("STACK") or Mode.AUTO)))
        case _:
            sys.stderr.write("Usage: python -m deploy.local up | down | run\n")
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
