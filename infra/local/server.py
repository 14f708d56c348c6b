"""MiniStack as a process in the background: one for each folder of its own (`LOCAL_DIR`) and port."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

from infra.local import settings

PID_FILE = settings.LOCAL / "ministack.pid"
LOG_FILE = settings.LOCAL / "ministack.log"
TEMPORARY = settings.LOCAL / "tmp"
LAMBDA_PYTHON = Path(__file__).parent / "lambda_python"
START_SECONDS = 30
STOP_SECONDS = 15


def start() -> None:
    """Start MiniStack in the background and wait until it answers."""
    if running_pid():
        print(f"MiniStack is running already on port {settings.PORT}")
        return
    _refuse_taken_port()
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    with LOG_FILE.open("w") as log:
        server = subprocess.Popen(
            [settings.tool("ministack")],
            env=_server_environment(),
            cwd=settings.LOCAL,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID_FILE.write_text(str(server.pid))
    _wait_until_ready(server)
    print(f"MiniStack is ready on http://127.0.0.1:{settings.PORT}, pid {server.pid}, log {_shown(LOG_FILE)}")


def stop() -> None:
    """Stop the MiniStack that `start` started; its Lambda workers end with it, and so does all its data."""
    pid = running_pid()
    if pid:
        os.kill(pid, signal.SIGTERM)
        if not _gone_within(pid, STOP_SECONDS):
            os.kill(pid, signal.SIGKILL)
    for leftover in (PID_FILE, settings.STACK_FILE):
        leftover.unlink(missing_ok=True)
    _remove_in_background(TEMPORARY)
    print("MiniStack is stopped" if pid else "MiniStack was not running")


def running_pid() -> int | None:
    """The process id of our MiniStack, or None. A number that means another process by now is no answer."""
    try:
        pid = int(PID_FILE.read_text())
    except (FileNotFoundError, ValueError):
        return None
    command = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True)
    return pid if "ministack" in command.stdout else None


def _server_environment() -> dict[str, str]:
    """Little of ours: functions inherit the server's environment."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", str(settings.LOCAL)),
        "LANG": "C.UTF-8",
        "TMPDIR": str(TEMPORARY),
        "GATEWAY_PORT": str(settings.PORT),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": os.environ.get("AUTH", "true"),
        "LOG_LEVEL": "INFO",
        "PYTHONPATH": str(LAMBDA_PYTHON),
        # Functions inherit it: an answer that is late here says nothing of the code.
        "AWS_PATIENCE": "30",
        # Workers that a burst has left end after half a minute; of each function one stays.
        "LAMBDA_WARM_TTL_SECONDS": "30",
        # Workers have few threads: glibc's memory pools for each would only grow.
        "MALLOC_ARENA_MAX": "2",
        **settings.CREDENTIALS,
    }


def _refuse_taken_port() -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", settings.PORT)) == 0:
            raise settings.Failed(f"port {settings.PORT} is taken by another program; choose one with PORT=")


def _wait_until_ready(server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise settings.Failed(f"MiniStack ended at once; see {_shown(LOG_FILE)}")
        if is_ready():
            return
        time.sleep(0.1)
    raise settings.Failed(f"MiniStack was not ready within {START_SECONDS} s; see {_shown(LOG_FILE)}")


def is_ready() -> bool:
    """Return whether MiniStack answers."""
    try:
        with urllib.request.urlopen(
            f"http://127.0.0.1:{settings.PORT}/_ministack/ready", timeout=2
        ) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _remove_in_background(folder: Path) -> None:
    """Each worker has unpacked 50 MB there: nobody should wait minutes for that to go."""
    if folder.exists():
        doomed = folder.rename(folder.with_name(f"removed-{time.time_ns()}"))
        subprocess.Popen(["rm", "-rf", str(doomed)], start_new_session=True)


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running_pid() != pid:
            return True
        time.sleep(0.2)
    return False


def _shown(path: Path) -> str:
    return os.path.relpath(path)
