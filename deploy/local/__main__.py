"""Command line of the local system: `python -m deploy.local up | down | run | token --role ROLE`."""

import os
import sys

from deploy.local.background import cannot_start, down, run, until_stopped, up
from deploy.local.options import mode_in, port_base_in
from deploy.local.process import CannotStart
from deploy.local.token import print_token

USAGE = "Usage: python -m deploy.local up | down | run | token --role ROLE\n"


def main(words: list[str]) -> int:
    """Carry out one command and return its exit code. Raises CannotStart and OSError."""
    match words:
        case ["up"]:
            mode_in(os.environ)
            port_base_in(os.environ)
            return up()
        case ["down"]:
            return down()
        case ["run"]:
            return until_stopped(run(mode_in(os.environ)))
        case ["token", "--role", role]:
            return until_stopped(print_token(role))
        case _:
            sys.stderr.write(USAGE)
            return 2


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except (CannotStart, OSError) as why:
        sys.exit(cannot_start(why))
