"""Memory: what each service process holds once the figures chosen before it have been measured."""

from pathlib import Path

from deploy.local.services import ROLES
from tests.bench.figures import Line, Target
from tests.bench.ground import Ground

LIMIT = Target("below", 150)


async def measure(ground: Ground) -> list[Line]:
    """Measure every service process, whatever it went through so far."""
    ground.say("Looking into /proc.")
    lines = []
    for role in ROLES:
        held = _megabytes(ground.stack.processes[role].pid)
        note = f"most at any time {held['VmHWM']:.0f} MB"
        lines.append(Line("memory", f"{role}: resident memory after the load", held["VmRSS"], "MB", LIMIT, note=note))
    return lines


def _megabytes(pid: int) -> dict[str, float]:
    """Read a process's memory. Source: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return {name: int(status[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM")}
