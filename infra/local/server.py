"""MiniStack as a process in the background: one for each folder of its own (`LOCAL_DIR`) and port."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from infra.local import settings
from infra.local.process import HOST, Server, answers

TEMPORARY = settings.LOCAL / "tmp"
LAMBDA_PYTHON = Path(__file__).parent / "lambda_python"
FORK_SERVER = Path(__file__).parent / "forkserver.py"
EMULATOR = Path(__file__).parent / "emulator.py"
SERVER = Server("MiniStack", str(EMULATOR), settings.LOCAL, start_seconds=30, stop_seconds=15)


def start() -> None:
    """Start MiniStack in the background and wait until it answers."""
    if running_pid():
        print(f"MiniStack is running already on port {settings.PORT}")
        return
    if answers(settings.PORT):
        raise settings.Failed(f"port {settings.PORT} is taken by another program; choose one with PORT=")
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    pid = SERVER.start(_command(), _server_environment(), is_ready)
    log = os.path.relpath(SERVER.log)
    print(f"MiniStack is ready on http://{HOST}:{settings.PORT}, pid {pid}, log {log}")


def stop() -> None:
    """Stop the MiniStack that `start` started; its Lambda workers end with it, and so does all its data."""
    ran = SERVER.stop()
    settings.STACK_FILE.unlink(missing_ok=True)
    _remove_in_background(TEMPORARY)
    print("MiniStack is stopped" if ran else "MiniStack was not running")


def running_pid() -> int | None:
    """Return the process id of our MiniStack, or None."""
    return SERVER.pid()


def _command() -> list[str]:
    """MiniStack, beside the process that its workers are forked from where forks are safe."""
    forks = [sys.executable, str(FORK_SERVER)] if sys.platform == "linux" else []
    # -P: the files beside it are no libraries of MiniStack's.
    return [*forks, sys.executable, "-P", str(EMULATOR)]


def _server_environment() -> dict[str, str]:
    """Little of ours: functions inherit the server's environment."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", str(settings.LOCAL)),
        "LANG": "C.UTF-8",
        "TMPDIR": str(TEMPORARY),
        "GATEWAY_PORT": str(settings.PORT),
        "BIND_HOST": HOST,
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


def is_ready() -> bool:
    """Return whether MiniStack answers."""
    try:
        with urllib.request.urlopen(f"http://{HOST}:{settings.PORT}/_ministack/ready", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _remove_in_background(folder: Path) -> None:
    """Each worker has unpacked 50 MB there: nobody should wait minutes for that to go."""
    if folder.exists():
        doomed = folder.rename(folder.with_name(f"removed-{time.time_ns()}"))
        subprocess.Popen(["rm", "-rf", str(doomed)], start_new_session=True)
