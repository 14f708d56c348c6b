"""Workers of local functions that go on in a fork: to MiniStack and to a function nothing is different."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.local import server

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="forks are safe on Linux alone")

# Says where the fork server listens, and ends with its standard input, as MiniStack would with a signal.
EMULATOR = ["sh", "-c", "trap 'exit 3' TERM; echo $FORK_SERVER; read ended"]
# As MiniStack's: a line of JSON for each line.
WORKER = """
import json, os, sys

first = sorted(name for name in ("boto3", "pynamodb", "bank", "infra") if name in sys.modules)
for line in sys.stdin:
    print("logged", file=sys.stderr, flush=True)
    asked = json.loads(line)
    said = {"pid": os.getpid(), "imported": first, "folder": os.getcwd(), "arguments": sys.argv,
            "path": sys.path[:2], "mine": os.environ.get("MINE"), "others": os.environ.get("OTHERS")}
    print(json.dumps({"asked": asked, **said}), flush=True)
"""
# Bounds a failure; nothing waits so long otherwise.
PATIENCE_SECONDS = 300


class Forks:
    """A fork server with a command that stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._workers: list[subprocess.Popen[str]] = []
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(server.LAMBDA_PYTHON), "OTHERS": "no"}
        self.process = subprocess.Popen(
            [sys.executable, str(server.FORK_SERVER), *EMULATOR],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout
        self.address = self.process.stdout.readline().strip()

    def worker(self, text: str = WORKER, **settings: str) -> "subprocess.Popen[str]":
        """Start one as MiniStack does."""
        folder = self._folder / str(len(self._workers))
        folder.mkdir()
        script = folder / "_worker.py"
        script.write_text(text)
        started = subprocess.Popen(
            [sys.executable, str(script)],
            cwd=folder,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(server.LAMBDA_PYTHON),
                "FORK_SERVER": self.address,
                **settings,
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._workers.append(started)
        return started

    def end(self) -> None:
        for worker in self._workers:
            worker.kill()
        for process in (*self._workers, self.process):
            # Its pipes are closed: the command ends with its input, and the server leaves nothing behind.
            with process:
                pass


def ask(worker: "subprocess.Popen[str]", question: str) -> dict[str, Any]:
    assert worker.stdin
    assert worker.stdout
    print(json.dumps(question), file=worker.stdin, flush=True)
    answer: dict[str, Any] = json.loads(worker.stdout.readline())
    return answer


@pytest.fixture
def forks(tmp_path: Path) -> Iterator[Forks]:
    started = Forks(tmp_path)
    yield started
    started.end()


def wait_until_gone(pid: int) -> None:
    """Return when no such process is left."""
    subprocess.run(["tail", f"--pid={pid}", "-f", "/dev/null"], check=True, timeout=PATIENCE_SECONDS)


def test_a_worker_has_the_libraries_and_its_own_arguments_folder_streams_and_environment(
    forks: Forks, tmp_path: Path
) -> None:
    worker = forks.worker(MINE="yes")

    answer = ask(worker, "what?")

    assert answer.pop("pid") != worker.pid
    assert answer == {
        "asked": "what?",
        "imported": ["boto3", "pynamodb"],
        "folder": str(tmp_path / "0"),
        "arguments": [str(tmp_path / "0" / "_worker.py")],
        "path": [str(tmp_path / "0"), str(server.LAMBDA_PYTHON)],
        "mine": "yes",
        "others": None,
    }
    assert worker.stderr
    assert worker.stderr.readline() == "logged\n"


def test_workers_are_processes_of_their_own(forks: Forks) -> None:
    first, second = forks.worker(MINE="1"), forks.worker(MINE="2")

    answers = [ask(worker, "who?") for worker in (first, second, first)]

    assert [answer["mine"] for answer in answers] == ["1", "2", "1"]
    assert answers[0]["pid"] == answers[2]["pid"] != answers[1]["pid"]


def test_the_process_that_was_started_shows_whose_worker_it_is(forks: Forks, tmp_path: Path) -> None:
    worker = forks.worker()
    ask(worker, "who?")

    listed = subprocess.run(
        ["ps", "-ww", "-p", str(worker.pid), "-o", "command="], capture_output=True, text=True
    )

    assert str(tmp_path / "0" / "_worker.py") in listed.stdout


def test_a_worker_that_is_killed_ends(forks: Forks) -> None:
    worker = forks.worker()
    pid = ask(worker, "who?")["pid"]

    worker.kill()

    wait_until_gone(pid)


def test_a_worker_whose_input_ends_is_over(forks: Forks) -> None:
    worker = forks.worker()
    ask(worker, "who?")

    worker.communicate(timeout=PATIENCE_SECONDS)

    assert worker.returncode == 0


def test_a_worker_that_fails_says_why_and_the_next_one_works(forks: Forks) -> None:
    _, said = forks.worker("import not_there").communicate(timeout=PATIENCE_SECONDS)

    assert "No module named 'not_there'" in said
    assert ask(forks.worker(), "who?")["imported"] == ["boto3", "pynamodb"]


def test_a_worker_that_nobody_hears_any_more_takes_nothing_down_with_it(forks: Forks) -> None:
    worker = forks.worker("import sys; print('ready', flush=True); print('unheard'); sys.stdin.read()")
    assert worker.stdin
    assert worker.stdout
    assert worker.stdout.readline() == "ready\n"

    worker.stdout.close()
    worker.stdin.close()

    assert worker.wait(timeout=PATIENCE_SECONDS) == 0
    assert ask(forks.worker(), "who?")["imported"] == ["boto3", "pynamodb"]


def test_where_nobody_forks_the_worker_runs_by_itself(forks: Forks, tmp_path: Path) -> None:
    worker = forks.worker(FORK_SERVER=str(tmp_path / "nobody"))

    answer = ask(worker, "who?")

    assert (answer["pid"], answer["imported"]) == (worker.pid, [])


def test_the_fork_server_ends_with_its_command_and_as_that_did(forks: Forks) -> None:
    forks.process.communicate(timeout=PATIENCE_SECONDS)

    assert forks.process.returncode == 1  # `read` has met the end of its input.
    assert not Path(forks.address).parent.exists()


def test_a_signal_to_the_fork_server_is_one_to_its_command(forks: Forks) -> None:
    forks.process.send_signal(signal.SIGTERM)

    assert forks.process.wait(timeout=PATIENCE_SECONDS) == 3
    assert not Path(forks.address).parent.exists()


def test_only_its_owner_reaches_the_fork_server(forks: Forks) -> None:
    assert Path(forks.address).parent.stat().st_mode & 0o777 == 0o700
