"""Perkbank on LocalStack, as a process and without Docker.

    python -m infra.localstack start|stop|test

`test` starts LocalStack, deploys the stack there, runs the end-to-end tests and stops it again. On a machine
that cannot run LocalStack it says so and succeeds. With AWS_ENDPOINT_URL set it takes the LocalStack there.
"""

import os
import subprocess
import sys

from infra.local import ROOT, Failed
from infra.localstack import installation, server
from infra.localstack.gaps import GAPS
from infra.localstack.installation import HOME

TESTS = "tests/e2e"


def test() -> None:
    """Run the end-to-end tests on LocalStack."""
    given = os.environ.get("AWS_ENDPOINT_URL")
    if given:
        _deploy_and_test(given, ())
        return
    lacks = installation.missing()
    if lacks:
        print(f"SKIPPED: the end-to-end tests on LocalStack. This machine lacks {'; '.join(lacks)}.")
        return
    server.start()
    try:
        _deploy_and_test(server.ENDPOINT, _left_out())
    finally:
        server.stop()


def _deploy_and_test(endpoint: str, options: tuple[str, ...]) -> None:
    environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint, "LOCAL_DIR": str(HOME)}
    environment.pop("PERKBANK_ENV", None)
    for command in (
        ("infra.local", "build"),
        ("infra.local", "deploy"),
        ("pytest", "-m", "e2e", *options, TESTS),
    ):
        ran = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, env=environment)
        if ran.returncode != 0:
            raise Failed(f"{' '.join(command[:2])} failed on LocalStack")


def _left_out() -> tuple[str, ...]:
    """Options that leave out the known gaps, which are printed. Raises Failed when one names no test."""
    for reason, tests in GAPS.items():
        print(f"Left out, because {reason}:")
        for test_id in tests:
            _require(test_id)
            print(f"  {test_id}")
    return tuple(f"--deselect={test_id}" for tests in GAPS.values() for test_id in tests)


def _require(test_id: str) -> None:
    path, _, name = test_id.partition("::")
    function = name.partition("[")[0]
    if f"def {function}(" not in (ROOT / path).read_text():
        raise Failed(f"infra/localstack/gaps.py names {test_id}, which is no test")


COMMANDS = {"start": server.start, "stop": server.stop, "test": test}


def main() -> int:
    """Run the command named on the command line."""
    name = sys.argv[1] if len(sys.argv) == 2 else ""
    if name not in COMMANDS:
        print(__doc__)
        return 2
    try:
        COMMANDS[name]()
    except Failed as failure:
        print(failure, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
