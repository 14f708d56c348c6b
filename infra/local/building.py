"""Functions and layers as `sam` builds them for this machine."""

import fcntl
import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from infra.local import settings

SHOWN_OF_FAILURE = 6000
# MiniStack does not clear away what a failed deploy left.
ADVICE = "After a failed deploy begin afresh: `make stop`, then `make run`."


def build() -> None:
    """Build functions and layers for this machine, unless nothing has changed since.

    Not from SAM's cache: that looks at a room's folder alone, and a package tells of the layers too
    (functions/room.mk).
    """
    settings.BUILD.mkdir(parents=True, exist_ok=True)
    with (settings.BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_built():
            sam(
                "build",
                "--parallel",
                "--build-dir",
                str(settings.BUILD),
                "--parameter-overrides",
                *parameter_overrides(),
            )
            (settings.BUILD / "of").write_text(_digest())


def _is_built() -> bool:
    try:
        return (settings.BUILD / "of").read_text() == _digest()
    except FileNotFoundError:
        return False


def _digest() -> str:
    """Of everything that a build is made from: the files, and the Python that it is for."""
    paths = [
        settings.ROOT / "template.yaml",
        settings.ROOT / "requirements.txt",
        *(settings.ROOT / "infra").glob("*.yaml"),
    ]
    # The last makes the documents that the about room serves.
    for folder in ("functions", "layers", "infra/contract"):
        paths += [path for path in (settings.ROOT / folder).rglob("*") if path.is_file()]
    digest = hashlib.sha256(json.dumps([settings.PARAMETERS, _layer_platform()]).encode())
    for path in sorted(path for path in paths if "__pycache__" not in path.parts):
        digest.update(str(path.relative_to(settings.ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _layer_platform() -> str:
    """MiniStack's functions have the packages of the Python that runs it (layers/dependencies/Makefile)."""
    return "host" if is_ministack() else "native"


def is_ministack() -> bool:
    """Return whether the endpoint is MiniStack, and not LocalStack or AWS. No answer is not a no."""
    try:
        with urllib.request.urlopen(f"{settings.ENDPOINT}/_ministack/ready", timeout=30) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError:
        return False
    except OSError as failure:
        raise settings.Failed(f"{settings.ENDPOINT} does not answer: {failure}") from None


def parameter_overrides() -> list[str]:
    """The local stage's parameters as `sam` takes them."""
    return [f'{name}="{value}"' for name, value in settings.PARAMETERS.items()]


def sam(command: str, *arguments: str) -> None:
    """Run SAM quietly; show what it said when it fails."""
    environment = {
        **os.environ,
        **settings.CREDENTIALS,
        "AWS_ENDPOINT_URL": settings.ENDPOINT,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": sys.prefix,
        "LAYER_PLATFORM": _layer_platform(),
        "LAYER_PYTHON": settings.PYTHON_VERSION,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
    }
    started = time.monotonic()
    ran = subprocess.run(
        [settings.tool("sam"), command, *arguments],
        cwd=settings.ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )
    if ran.returncode != 0:
        sys.stderr.write((ran.stdout + ran.stderr)[-SHOWN_OF_FAILURE:])
        raise settings.Failed(f"sam {command} failed. {ADVICE}")
    print(f"sam {command}: {time.monotonic() - started:.0f} s")
