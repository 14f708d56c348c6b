"""MiniStack, and the process that the workers of its functions are forked from.

    python infra/local/forkserver.py COMMAND...

All functions import the same libraries, which is most of a cold start's time and of a worker's memory. Here
they are imported once. The worker that MiniStack starts hands over its arguments, folder, environment and
standard streams (`lambda_python/sitecustomize.py`), and goes on in a fork of this process, which shares
memory with the others until it writes to it. The platform's own code is imported after the fork: it reads
its environment as it is imported.

It ends when COMMAND does. Linux only: on macOS system libraries do not survive a fork.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import tempfile
import threading
import traceback
from pathlib import Path
from typing import Any, NoReturn

# What most functions import, some of it at their first request only.
LIBRARIES = (
    "argon2",
    "aws_lambda_powertools.metrics",
    "aws_lambda_powertools.utilities.batch",
    "boto3",
    "chalice",
    "http_message_signatures",
    "joserfc.jwk",
    "joserfc.jwt",
    "phonenumbers",
    "pydantic.fields",
    "pydantic.functional_serializers",
    "pydantic.main",
    "pydantic.types",
    "pynamodb.models",
    "ulid",
)
POLL_SECONDS = 0.2


def main(command: list[str]) -> int:
    """Run COMMAND with FORK_SERVER in its environment, and fork for its workers until it ends; its status."""
    del sys.path[0]
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.collect()
    # What is there now is no garbage: looking at it again would write to it, and so copy it.
    gc.freeze()
    # A short path, since a socket's may have 107 bytes; only its owner may enter the folder.
    with (
        tempfile.TemporaryDirectory(prefix="perkbank-", dir="/tmp") as folder,
        socket.socket(socket.AF_UNIX) as server,
    ):
        address = f"{folder}/forks"
        server.bind(address)
        server.listen(socket.SOMAXCONN)
        server.settimeout(POLL_SECONDS)
        # A signal between the start and the handler would end this process, and leave the command running.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        environment = {**os.environ, "FORK_SERVER": address}
        pid = os.posix_spawnp(command[0], command, environment, setsigmask=())
        signal.signal(signal.SIGTERM, lambda *_: os.kill(pid, signal.SIGTERM))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        while (status := _reaped().get(pid)) is None:
            _fork_for_the_next(server)
    return os.waitstatus_to_exitcode(status)


def _reaped() -> dict[int, int]:
    """The statuses of all children that have ended since, by process id."""
    ended: dict[int, int] = {}
    with contextlib.suppress(ChildProcessError):
        while (found := os.waitpid(-1, os.WNOHANG))[0]:
            ended.update([found])
    return ended


def _fork_for_the_next(server: socket.socket) -> None:
    try:
        connection, _ = server.accept()
    except TimeoutError:
        return
    if os.fork() == 0:
        server.close()
        _work(connection)
    connection.close()


def _work(connection: socket.socket) -> NoReturn:
    """Be the worker at the other end of the connection, and whatever happens nothing else: never return."""
    try:
        _run(connection)
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


def _run(connection: socket.socket) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    worker, streams = _received(connection)
    threading.Thread(target=_end_with, args=(connection,), daemon=True).start()
    _take_over(worker, streams)
    runpy.run_path(sys.argv[0], run_name="__main__")


def _received(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    _, streams, _, _ = socket.recv_fds(connection, 1, maxfds=3)
    with connection.makefile("rb") as text:
        return json.loads(text.readline()), streams


def _end_with(connection: socket.socket) -> None:
    """End when the process is gone that MiniStack knows, and kills where a function is late."""
    connection.recv(1)
    os._exit(0)


def _take_over(worker: dict[str, Any], streams: list[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(worker["folder"])
    os.environ.clear()
    os.environ.update(worker["environment"])
    sys.argv = worker["arguments"]
    # As Python does it for a script.
    sys.path.insert(0, str(Path(sys.argv[0]).parent))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
