"""What the kernel says of a process.

Source: https://man7.org/linux/man-pages/man5/proc_pid_status.5.html, .../proc_pid_stat.5.html
"""

import os
from pathlib import Path


def megabytes(pid: int) -> tuple[float, float]:
    """Return the memory a process holds now, and the most it ever held."""
    status = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    now, most = (int(status[name].split()[0]) * 1024 / 1e6 for name in ("VmRSS", "VmHWM"))
    return now, most


def cpu_seconds(pid: int) -> float:
    """Return the processor time a process has used, in user and in kernel mode."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
