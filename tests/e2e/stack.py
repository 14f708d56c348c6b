"""A stack of the tests' own: MiniStack on a free port, with the code as it is now, gone at the end."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra import environment, local
from infra.environment import Environment
from infra.local.process import free_port

# What its MiniStack has said, kept to be read after a failure.
LOG = local.ROOT / ".local" / "e2e.log"
MEMORY, PLENTY = "/dev/shm", 4 * 2**30


@contextmanager
def own() -> Iterator[Path]:
    """Start it, deploy, warm it; the path of its env.json."""
    with tempfile.TemporaryDirectory(dir=_memory(), ignore_cleanup_errors=True) as folder:
        settings = {"LOCAL_DIR": folder, "PORT": str(free_port()), "AUTH": "true"}
        try:
            run("infra.local", "start", **settings)
            run("infra.local", "build", **settings)
            run("infra.local", "deploy", **settings)
            run("infra.environment", **settings)
            run("infra.warm", **settings)
            yield Path(folder) / "env.json"
        finally:
            run("infra.local", "stop", **settings)
            LOG.parent.mkdir(exist_ok=True)
            shutil.copy(Path(folder) / "ministack.log", LOG)


def read(path: Path) -> Environment:
    """What an env.json says."""
    found = environment.read(path)
    assert found, f"{path} is not the env.json of a platform"
    return found


def run(module: str, *arguments: str, **settings: str) -> None:
    """Run one of the platform's commands; what it said is shown when it fails."""
    ran = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=local.ROOT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, f"{module} {' '.join(arguments)}\n{ran.stdout}{ran.stderr}"


def _memory() -> str | None:
    """A folder in memory where there is plenty, else None: each worker unpacks its code there."""
    try:
        available = int(re.findall(r"MemAvailable: +(\d+) kB", Path("/proc/meminfo").read_text())[0]) * 1024
        room = min(available, shutil.disk_usage(MEMORY).free)
    except (OSError, IndexError):
        return None
    return MEMORY if room >= PLENTY else None
