"""The deployed stack, for all end-to-end tests of a run.

Which one: the platform that PERKBANK_ENV names (a path to an env.json), else the one that is deployed at
AWS_ENDPOINT_URL, else one of their own: MiniStack on a free port, with the code as it is now, gone at the
end. The developer's own platform is never used unasked: it may run older code, and it has its own data.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import environment, local
from infra.environment import Environment
from tests.e2e.deployed import Deployed
from tests.e2e.people import People

LAST = "test_the_books"
# What its MiniStack has said, kept to be read after a failure.
LOG = local.ROOT / ".local" / "e2e.log"
MEMORY, PLENTY = "/dev/shm", 12 * 2**30


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for the deployed stack is an end-to-end test. The books are looked at last."""
    for item in items:
        if "deployed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.e2e)
    items.sort(key=lambda item: item.path.stem == LAST)


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    """The stack and a channel with every scope."""
    named = os.environ.get("PERKBANK_ENV")
    if named:
        yield Deployed(_environment(Path(named)), Path(named).resolve().parent)
    elif "AWS_ENDPOINT_URL" in os.environ:
        _run("infra.environment")
        yield Deployed(_environment(environment.ENV_FILE), environment.ENV_FILE.parent)
    else:
        with tempfile.TemporaryDirectory(dir=_memory(), ignore_cleanup_errors=True) as folder:
            yield from _own(Path(folder))


@pytest.fixture(scope="session")
def people(deployed: Deployed) -> People:
    """The bank's staff: an administrator, and whoever a test needs."""
    return People(deployed)


def _own(folder: Path) -> Iterator[Deployed]:
    settings = {"LOCAL_DIR": str(folder), "PORT": str(free_port()), "AUTH": "true"}
    _run("infra.local", "start", **settings)
    try:
        _run("infra.local", "build", **settings)
        _run("infra.local", "deploy", **settings)
        _run("infra.environment", **settings)
        yield Deployed(_environment(folder / "env.json"), folder)
    finally:
        _run("infra.local", "stop", **settings)
        LOG.parent.mkdir(exist_ok=True)
        shutil.copy(folder / "ministack.log", LOG)


def _memory() -> str | None:
    """A folder in memory where there is plenty, else None: each of some eighty workers unpacks 50 MB."""
    try:
        available = int(re.findall(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())[0]) * 1024
        room = min(available, shutil.disk_usage(MEMORY).free)
    except (OSError, IndexError):
        return None
    return MEMORY if room >= PLENTY else None


def _run(module: str, *arguments: str, **settings: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=local.ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, f"{module} {' '.join(arguments)}\n{ran.stdout}{ran.stderr}"


def _environment(path: Path) -> Environment:
    found = environment.read(path)
    assert found, f"{path} is not the env.json of a platform"
    return found


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
