"""The end-to-end tests, three at a time on one stack; the one that makes a room on a stack of its own.

    python -m tests.e2e [--running] [pytest's arguments]

The stack is the one that PERKBANK_ENV names (a path to an env.json), else one of their own. `--running` takes
the developer's where one runs, as it was deployed last, and leaves the tests out where none does.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from infra import environment, local
from tests.e2e import stack
from tests.e2e.people import engage

TESTS = "tests/e2e"
# What these put live or throttle holds for every payment on the stack: nothing runs beside them.
ALONE = tuple(
    f"{TESTS}/{name}.py"
    for name in ("test_risk_rules", "test_risk_verdicts", "test_overload", "test_the_books")
)
# It moves the stack's clock ahead for good: after all others, and never a developer's.
MONTHS_AHEAD = f"{TESTS}/test_months_ahead.py"
NEW_ROOM = f"{TESTS}/test_new_room.py"
# One more than the two processors that there are at least: tests wait for schedules and streams.
WORKERS = ("gw0", "gw1", "gw2")
TOGETHER = ("-n", str(len(WORKERS)), "--dist", "loadgroup")
# pytest's status where the arguments select nothing.
NOTHING = 5


def main(arguments: Sequence[str]) -> int:
    """Run them; the first status that is not 0."""
    if "--running" in arguments and not local.running_pid():
        print("No stack runs here, so no end-to-end tests: `make run` starts one")
        return 0
    options = [each for each in arguments if each != "--running"]
    with _chosen("--running" in arguments) as path:
        engage(stack.read(path), path.parent, WORKERS)
        shared = {**os.environ, "PERKBANK_ENV": str(path)}
        left_out = [f"--ignore={each}" for each in (*ALONE, MONTHS_AHEAD, NEW_ROOM)]
        status = _ended(_started(shared, *TOGETHER, *left_out, TESTS, *options))
        return status or _last(shared, options, months_ahead="--running" not in arguments)


def _last(shared: dict[str, str], options: Sequence[str], *, months_ahead: bool) -> int:
    """What nothing on the stack may run beside; at the same time the test with its own, shown afterwards."""
    apart = _started(dict(os.environ), NEW_ROOM, *options, stdout=subprocess.PIPE)
    status = _ended(_started(shared, *ALONE, *options))
    if months_ahead:
        status = status or _ended(_started(shared, MONTHS_AHEAD, *options))
    print(apart.communicate()[0], flush=True)
    return status or _ended(apart)


def _chosen(running: bool) -> AbstractContextManager[Path]:
    if running:
        return nullcontext(environment.ENV_FILE)
    named = os.environ.get("PERKBANK_ENV")
    return nullcontext(Path(named)) if named else stack.own()


def _started(settings: dict[str, str], *arguments: str, stdout: int | None = None) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.Popen(command, cwd=local.ROOT, env=settings, stdout=stdout, text=True)


def _ended(pytest: "subprocess.Popen[str]") -> int:
    try:
        status = pytest.wait()
    finally:
        # Does nothing but where the wait was broken off.
        pytest.terminate()
    return 0 if status == NOTHING else status


if __name__ == "__main__":
    # Whoever ends it by a signal (a time-out) has the stack stopped with it.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main(sys.argv[1:]))
