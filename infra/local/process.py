"""A server as a process in the background, which later commands find again and stop; and its ports."""

import contextlib
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.local.settings import Failed

HOST = "127.0.0.1"
POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Server:
    """An emulator of AWS. Its process id and its log lie in `folder`; its command line contains `program`."""

    name: str
    program: str
    folder: Path
    start_seconds: float
    stop_seconds: float

    @property
    def log(self) -> Path:
        """All that it writes."""
        return self.folder / f"{self.name.lower()}.log"

    @property
    def _pid_file(self) -> Path:
        return self.folder / f"{self.name.lower()}.pid"

    def start(self, command: Sequence[str], environment: dict[str, str], is_ready: Callable[[], bool]) -> int:
        """Start it and wait until it is ready; its process id. Raises Failed where it ends or is late."""
        with self.log.open("w") as log:
            process = subprocess.Popen(
                command,
                env=environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        self._pid_file.write_text(str(process.pid))
        self._wait(process, is_ready)
        return process.pid

    def pid(self) -> int | None:
        """Its process id, or None. A number that means another process by now is no answer."""
        try:
            pid = int(self._pid_file.read_text())
        except (FileNotFoundError, ValueError):
            return None
        command = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True)
        return pid if self.program in command.stdout else None

    def stop(self) -> bool:
        """End it, and its children with it where it does not end in time; return whether it ran."""
        pid = self.pid()
        if pid:
            # Read before: who cannot clear up leaves children behind, in sessions of their own.
            family = (pid, *_children(pid))
            os.kill(pid, signal.SIGTERM)
            if not self._gone_within(self.stop_seconds):
                for each in family:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(each, signal.SIGKILL)
        self._pid_file.unlink(missing_ok=True)
        return pid is not None

    def _wait(self, process: "subprocess.Popen[bytes]", is_ready: Callable[[], bool]) -> None:
        log = os.path.relpath(self.log)
        deadline = time.monotonic() + self.start_seconds
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise Failed(f"{self.name} ended at once; see {log}")
            if is_ready():
                return
            time.sleep(POLL_SECONDS)
        raise Failed(f"{self.name} was not ready within {self.start_seconds:.0f} s; see {log}")

    def _gone_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.pid() is None:
                return True
            time.sleep(POLL_SECONDS)
        return False


def answers(port: int, host: str = HOST) -> bool:
    """Return whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(2)
        try:
            return probe.connect_ex((host, port)) == 0
        except OSError:
            return False


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _children(pid: int) -> list[int]:
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in table.splitlines())
    return [int(child) for child, parent in rows if int(parent) == pid]
