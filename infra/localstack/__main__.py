"""Perkbank on LocalStack, as a process and without Docker.

    python -m infra.localstack start|stop|test

`test` starts LocalStack, deploys the stack there, runs the end-to-end tests and stops it again; then the
test that makes a room, on a LocalStack of its own. On a machine that cannot run LocalStack it says so and
succeeds. With AWS_ENDPOINT_URL set it takes the LocalStack there.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from infra.local import ROOT, Failed
from infra.localstack import installation, server
from infra.localstack.installation import HOME

# Expects what LocalStack cannot do to fail, and shows each with its reason.
GAPS = ("-p", "infra.localstack.gaps", "-rx")
NEW_ROOM = "tests/e2e/test_new_room.py"


def test() -> None:
    """Run the end-to-end tests on LocalStack."""
    given = os.environ.get("AWS_ENDPOINT_URL")
    if given:
        _deploy_and_test(given)
        return
    lacks = installation.missing()
    if lacks:
        print(f"SKIPPED: the end-to-end tests on LocalStack. This machine lacks {'; '.join(lacks)}.")
        return
    with _running():
        _deploy_and_test(server.ENDPOINT, *GAPS)
    with _running():
        _run(server.ENDPOINT, "pytest", NEW_ROOM, *GAPS)


@contextmanager
def _running() -> Iterator[None]:
    """Hold a LocalStack with nothing in it."""
    server.start()
    try:
        yield
    finally:
        server.stop()


def _deploy_and_test(endpoint: str, *options: str) -> None:
    _run(endpoint, "infra.local", "build")
    _run(endpoint, "infra.local", "deploy")
    _run(endpoint, "infra.warm")
    _run(endpoint, "tests.e2e", "--durations", "20", *options, PERKBANK_ENV=str(HOME / "env.json"))


def _run(endpoint: str, module: str, *arguments: str, **settings: str) -> None:
    environment = {**os.environ, "AWS_ENDPOINT_URL": endpoint, "LOCAL_DIR": str(HOME), **settings}
    ran = subprocess.run([sys.executable, "-m", module, *arguments], cwd=ROOT, env=environment)
    if ran.returncode != 0:
        raise Failed(f"{module} {' '.join(arguments[:1])} failed on LocalStack")


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
