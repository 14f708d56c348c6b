"""First steps of a local function's Python: this folder is in its PYTHONPATH, and Python imports this name.

- Hide the packages that Lambda's Python has not. The tools for development bring them along, and botocore
  imports them where it finds them: a fifth of each cold start, and 14 MB of each worker.
- Let MiniStack's workers go on in a fork of a process that has imported the libraries
  (`infra/local/forkserver.py`).
"""

import os
import sys

WORKER = "_worker.py"

for absent in ("awscrt", "OpenSSL"):
    sys.modules[absent] = None  # type: ignore[assignment]


def _go_on_in_a_fork(address: str) -> None:
    """Hand this worker over, and stay as a process of 1 MB that MiniStack can wait for and kill.

    Returns where no fork server answers: the worker is this process then.
    """
    import json
    import socket

    server = socket.socket(socket.AF_UNIX)
    try:
        server.connect(address)
    except OSError:
        server.close()
        return
    worker = {"arguments": sys.orig_argv[1:], "folder": os.getcwd(), "environment": dict(os.environ)}
    socket.send_fds(server, [b"\n"], [0, 1, 2])
    server.sendall(json.dumps(worker).encode() + b"\n")
    os.dup2(server.fileno(), 0)
    # Nothing is ever sent back: it ends when the worker has. `ps` shows whose worker it is.
    os.execvp("sh", ["sh", "-c", "read ended || :", *sys.orig_argv])


if "FORK_SERVER" in os.environ and sys.orig_argv[1:] and os.path.basename(sys.orig_argv[1]) == WORKER:
    _go_on_in_a_fork(os.environ["FORK_SERVER"])
