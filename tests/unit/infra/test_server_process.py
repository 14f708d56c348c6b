"""A server in the background: it is found again, waited for, and stopped with its children."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from infra.local.process import Server, answers, free_port
from infra.local.settings import Failed

# To leave it running is the purpose.
pytestmark = pytest.mark.filterwarnings("ignore:subprocess .* is still running:ResourceWarning")

LISTENS = (
    "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1]))); time.sleep(600)"
)
ENDS = "print('no licence')"
# Neither goes at SIGTERM nor can its child be reached through its session.
STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
"""
# Bounds a failure; nothing waits so long otherwise.
PATIENCE_SECONDS = 60


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server("Emulator", sys.executable, tmp_path, PATIENCE_SECONDS, stop_seconds=0.2)
    yield made
    made.stop()


def _start(server: Server, source: str, *arguments: str, is_ready: Callable[[], bool]) -> int:
    command = [sys.executable, "-c", source, *arguments]
    return server.start(command, {"PATH": os.environ["PATH"]}, is_ready)


def _lives(pid: int) -> bool:
    state = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True).stdout
    return bool(state.strip()) and not state.startswith("Z")


def test_a_server_is_started_found_again_and_stopped(server: Server) -> None:
    port = free_port()
    assert not answers(port)

    pid = _start(server, LISTENS, str(port), is_ready=lambda: answers(port))

    assert (answers(port), server.pid()) == (True, pid)
    assert server.stop()
    assert (answers(port), server.pid()) == (False, None)
    assert not server.stop()


def test_a_server_that_ends_at_once_is_an_error_that_names_its_log(server: Server) -> None:
    with pytest.raises(Failed, match=r"Emulator ended at once; see .*emulator\.log"):
        _start(server, ENDS, is_ready=lambda: False)

    assert server.log.read_text() == "no licence\n"


def test_a_number_that_means_another_process_by_now_is_not_the_server(server: Server) -> None:
    port = free_port()
    # Before it answers it may still be this very program, about to become the server.
    pid = _start(server, LISTENS, str(port), is_ready=lambda: answers(port))

    other = Server("Emulator", "another-program", server.folder, 1, 1)

    assert (server.pid(), other.pid()) == (pid, None)


def test_a_server_that_does_not_go_is_killed_with_its_children(server: Server) -> None:
    pid = _start(server, STUBBORN, is_ready=lambda: bool(server.log.read_text()))
    child = int(server.log.read_text())

    assert server.stop()

    deadline = time.monotonic() + PATIENCE_SECONDS
    while _lives(pid) or _lives(child):
        assert time.monotonic() < deadline
