"""A process that runs one handler: started, called, and killed when it takes too long.

Both sides speak JSON, a line a message, over the process's standard input and a pipe of its own: whatever the
handler prints goes to the log file, and cannot be taken for an answer.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

WORKER = Path(__file__).with_name("worker.py")
# Longer than Lambda's own 10 s: many of these may start at once on a developer's few processors.
INIT_SECONDS = 60.0
CHUNK = 65_536


class Ended(Exception):
    """The process ended by itself, without an answer."""

    def __init__(self, logs: str) -> None:
        super().__init__("the process ended")
        self.logs = logs


class TimedOut(Exception):
    """No answer came in time; the process is dead."""

    def __init__(self, logs: str) -> None:
        super().__init__("no answer in time")
        self.logs = logs


@dataclass(frozen=True)
class Called:
    """Answer of the handler, or its error, as JSON; and its log."""

    body: str
    failed: bool
    logs: str


class Worker:
    """The process. `path` is its whole sys.path beside the standard library: no site-packages."""

    def __init__(
        self, *, python: str, handler: str, path: list[str], environment: dict[str, str], log: Path
    ) -> None:
        self._log = log
        self._read = 0
        self._pending = b""
        self._answers, answers = os.pipe()
        with log.open("ab") as written:
            self._read = written.tell()
            self._process = subprocess.Popen(
                [python, "-I", "-S", str(WORKER), handler, str(answers), json.dumps(path)],
                cwd=path[0],
                env=environment,
                stdin=subprocess.PIPE,
                stdout=written,
                stderr=written,
                pass_fds=(answers,),
                start_new_session=True,
            )
        os.close(answers)

    def started(self) -> str | None:
        """Wait for the import of the handler; what it raised, as JSON, or None."""
        try:
            first = self._answer(INIT_SECONDS)
        except (Ended, TimedOut) as failure:
            error = {"errorType": "Runtime.ExitError", "errorMessage": f"{failure}\n{failure.logs}"}
            return json.dumps(error)
        return None if first["ok"] else str(first["body"])

    def alive(self) -> bool:
        """Return whether it can be called."""
        return self._process.poll() is None

    def call(self, payload: dict[str, str], seconds: float) -> Called:
        """Call the handler. Raises TimedOut and Ended; the process is gone then."""
        deadline_ms = int((time.time() + seconds) * 1000)
        message = json.dumps({**payload, "deadline-ms": deadline_ms}) + "\n"
        assert self._process.stdin
        try:
            self._process.stdin.write(message.encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            self.kill()
            raise Ended(self.logs()) from None
        answer = self._answer(seconds)
        return Called(str(answer["body"]), not answer["ok"], self.logs())

    def kill(self) -> None:
        """End it, and whatever it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def logs(self) -> str:
        """Return its log since the last call."""
        with self._log.open("rb") as log:
            log.seek(self._read)
            written = log.read()
        self._read += len(written)
        return written.decode(errors="replace")

    def _answer(self, seconds: float) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        # Not select(): LocalStack has more files open than that can take.
        waiting = select.poll()
        waiting.register(self._answers, select.POLLIN)
        while b"\n" not in self._pending:
            left = deadline - time.monotonic()
            if left <= 0 or not waiting.poll(left * 1000):
                self.kill()
                raise TimedOut(self.logs())
            chunk = os.read(self._answers, CHUNK)
            if not chunk:
                self.kill()
                raise Ended(self.logs())
            self._pending += chunk
        line, self._pending = self._pending.split(b"\n", 1)
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __del__(self) -> None:
        # Not in `kill`, which others may call while an answer is being waited for.
        with contextlib.suppress(OSError):
            os.close(self._answers)
        if self._process.stdin:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
