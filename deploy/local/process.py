"""One child process, which can be started, watched, frozen, killed and stopped.

One rule: a child never outlives us. The kernel signals it when we die, so even after `kill -9` no child is left.
"""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

STOP_DEADLINE_S = 25.0


class CannotStart(Exception):
    """The system cannot run here. The message is a sentence for the person at the keyboard."""


class StartFailed(CannotStart):
    """A process did not come up. The message names its log; the cause is at the end of that file."""


@dataclass
class Process:
    """A command that can be started any number of times, one process at a time.

    `account` is the user it runs as, our own if None. Output is appended to the file `log`.
    """

    name: str
    command: Sequence[str]
    log: Path
    env: Mapping[str, str] = field(default_factory=dict)
    account: str | None = None
    directory: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    _child: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Return the process id of the running, or of the last, process."""
        if self._child is None:
            raise ProcessLookupError(f"{self.name} was never started")
        return self._child.pid

    @property
    def is_running(self) -> bool:
        return self._child is not None and self._child.returncode is None

    async def start(self, *, stdout: int | None = None) -> None:
        """Start the command in a session of its own, so that Ctrl-C reaches us and not the child.

        `stdout` may be `asyncio.subprocess.PIPE`, to be read from `stdout`; else it goes to the log.
        """
        with self.log.open("ab") as log:
            self._child = await asyncio.create_subprocess_exec(
                *_bind_to_us(self.command, self.account, self.stop_signal),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log if stdout is None else stdout,
                stderr=log,
                env=dict(self.env),
                cwd=self.directory,
                start_new_session=True,
            )

    async def restart(self) -> None:
        """Start the command again, after stopping its process if that is running."""
        await self.stop()
        await self.start()

    @property
    def stdout(self) -> asyncio.StreamReader:
        """Return the output of a process that was started with a pipe."""
        if self._child is None or self._child.stdout is None:
            raise ProcessLookupError(f"{self.name} was not started with a pipe")
        return self._child.stdout

    async def wait(self) -> int:
        """Wait for the end of the running process and return its exit code, negative for a signal."""
        return 0 if self._child is None else await self._child.wait()

    async def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Ask the process to end, and make it end after the deadline. Harmless if it has ended already."""
        if not self.is_running:
            return
        self.resume()
        self._send(self.stop_signal)
        try:
            await asyncio.wait_for(self.wait(), deadline_s)
        except TimeoutError:
            self.kill()
            await self.wait()

    def kill(self) -> None:
        """Kill the process at once, as a power cut would."""
        self._send(signal.SIGKILL)

    def stall(self) -> None:
        """Freeze the process with all its children: it keeps its connections and answers nothing."""
        self._send(signal.SIGSTOP, *_children(self.pid))

    def resume(self) -> None:
        """Let a frozen process continue."""
        self._send(signal.SIGCONT, *_children(self.pid))

    def _send(self, number: signal.Signals, *also: int) -> None:
        if self.is_running:
            for pid in (self.pid, *also):
                with suppress(ProcessLookupError):
                    os.kill(pid, number)

    def failure(self) -> StartFailed:
        """Build the error that it did not start, with the last lines of its log."""
        words = self.log.read_text(errors="replace").strip().splitlines()[-5:] if self.log.exists() else []
        return StartFailed(f"{self.name} did not start; {self.log} ends with: {' | '.join(words) or 'nothing'}")


def _bind_to_us(command: Sequence[str], account: str | None, stop_signal: signal.Signals) -> list[str]:
    """Wrap a command so that the kernel sends it `stop_signal` when we die, whatever kills us and however soon."""
    user = [f"--reuid={account}", f"--regid={account}", "--init-groups"] if account else []
    bound = ["setpriv", *user, "--pdeathsig", stop_signal.name.removeprefix("SIG"), "--"]
    # If we died before the kernel was told, the child has another parent by now, and ends by itself.
    return [*bound, "sh", "-c", 'test "$PPID" = "$0" && exec "$@"', str(os.getpid()), *command]


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []
