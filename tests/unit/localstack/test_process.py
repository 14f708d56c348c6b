"""The process that a function runs in on LocalStack: it answers, and it never outlives its time."""

import json
import os
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from infra.localstack.plugin.perkbank_localstack.process import Ended, TimedOut, Worker

HANDLERS = """
    import os, subprocess, sys, time

    import layered

    def echo(event, context):
        print("seen", event)
        left = context.get_remaining_time_in_millis()
        return {"event": event, "layer": layered.NAME, "left": left > 0, "id": context.aws_request_id}

    def raises(event, context):
        raise LookupError("not here")

    def sleeps(event, context):
        child = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(3600)"])
        print("child", child.pid, flush=True)
        time.sleep(3600)

    def exits(event, context):
        os._exit(3)

    def path(event, context):
        return [part for part in sys.path if "site-packages" in part]
"""
# Bounds a failure; nothing waits so long otherwise.
PATIENCE_SECONDS = 300
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "AWS_LAMBDA_FUNCTION_NAME": "perkbank-test",
    "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
    "AWS_LAMBDA_LOG_GROUP_NAME": "group",
    "AWS_LAMBDA_LOG_STREAM_NAME": "stream",
}


class Functions:
    """Starts handlers of the module above, with a layer beside it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.workers: list[Worker] = []
        for name, source in {"code/app.py": HANDLERS, "layer/layered.py": "NAME = 'a layer'"}.items():
            path = folder / name
            path.parent.mkdir()
            path.write_text(textwrap.dedent(source))

    def start(self, handler: str) -> Worker:
        """The handler's process."""
        worker = Worker(
            python=sys.executable,
            handler=handler,
            path=[str(self._folder / "code"), str(self._folder / "layer")],
            environment=ENVIRONMENT,
            log=self._folder / "log",
        )
        self.workers.append(worker)
        return worker


@pytest.fixture
def functions(tmp_path: Path) -> Iterator[Functions]:
    """All of them ended afterwards."""
    started = Functions(tmp_path)
    yield started
    for worker in started.workers:
        worker.kill()


def _message(event: Any) -> dict[str, str]:
    return {
        "invoke-id": "request-1",
        "invoked-function-arn": "arn",
        "payload": json.dumps(event),
        "trace-id": "x",
    }


def test_a_handler_answers_and_what_it_prints_is_its_log(functions: Functions) -> None:
    """Layers are importable, the context tells the time left, and a print is not taken for an answer."""
    worker = functions.start("app.echo")
    assert worker.started() is None

    for event in ({"a": 1}, ["b"]):
        called = worker.call(_message(event), PATIENCE_SECONDS)
        expected = {"event": event, "layer": "a layer", "left": True, "id": "request-1"}
        assert json.loads(called.body) == expected
        assert not called.failed
        assert called.logs == f"seen {event}\n"


def test_a_big_event_and_a_big_answer_pass_whole(functions: Functions) -> None:
    """Bigger than any buffer between the two: Lambda takes 6 MB."""
    worker = functions.start("app.echo")
    worker.started()
    event = "x" * 5_000_000
    assert json.loads(worker.call(_message(event), 20).body)["event"] == event


def test_what_a_handler_raises_is_answered_and_the_process_goes_on(functions: Functions) -> None:
    """As Lambda describes errors."""
    worker = functions.start("app.raises")
    worker.started()

    called = worker.call(_message({}), PATIENCE_SECONDS)

    error = json.loads(called.body)
    assert called.failed
    assert (error["errorType"], error["errorMessage"]) == ("LookupError", "not here")
    assert "LookupError: not here" in called.logs
    assert worker.alive()


def test_a_handler_that_takes_too_long_is_killed_with_all_it_started(functions: Functions) -> None:
    """The time-out is the function's, whatever the handler waits for: here an hour."""
    assert any(_is_killed_with_its_child(functions.start("app.sleeps"), seconds) for seconds in (1, 10, 100))


def test_a_process_that_ends_by_itself_is_noticed(functions: Functions) -> None:
    """At once, without waiting for the time-out; and again when it is called once more."""
    worker = functions.start("app.exits")
    worker.started()
    for _ in range(2):
        with pytest.raises(Ended):
            worker.call(_message({}), PATIENCE_SECONDS)
    assert not worker.alive()


def test_a_handler_that_cannot_be_imported_says_why(functions: Functions) -> None:
    """A module or a function that is not there."""
    missing = json.loads(functions.start("nothing.at_all").started() or "{}")
    unnamed = json.loads(functions.start("app.nothing").started() or "{}")
    assert (missing["errorType"], unnamed["errorType"]) == ("ModuleNotFoundError", "AttributeError")


def test_only_code_and_layers_are_importable(functions: Functions) -> None:
    """This machine's own packages would hide that a layer lacks one."""
    worker = functions.start("app.path")
    worker.started()
    assert json.loads(worker.call(_message({}), PATIENCE_SECONDS).body) == []


def _is_killed_with_its_child(worker: Worker, seconds: float) -> bool:
    """False where the time did not do for the child to be started, as on a busy machine."""
    worker.started()
    with pytest.raises(TimedOut) as timed_out:
        worker.call(_message({}), seconds)
    assert not worker.alive()
    said = timed_out.value.logs.split()
    return bool(said) and _ended(int(said[1]))


def _ended(pid: int, within: float = PATIENCE_SECONDS) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().split()[2] if sys.platform == "linux" else ""
            os.kill(pid, 0)
        except (ProcessLookupError, FileNotFoundError):
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False
