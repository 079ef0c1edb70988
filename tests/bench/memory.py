"""Memory: what each service process holds once the figures chosen before it have been measured."""

from deploy.local.services import ROLES
from tests.bench.figures import Line, Target
from tests.bench.ground import Ground
from tests.bench.proc import megabytes

LIMIT = Target("below", 150)


async def measure(ground: Ground) -> list[Line]:
    """Measure every service process, whatever it went through so far."""
    ground.say("Looking into /proc.")
    lines = []
    for role in ROLES:
        held, most = megabytes(ground.stack.processes[role].pid)
        what, note = f"{role}: resident memory after the load", f"most at any time {most:.0f} MB"
        lines.append(Line("memory", what, held, "MB", LIMIT, note=note))
    return lines
