"""A MiniStack of the bench's own: empty, on a free port of 127.0.0.1, gone afterwards."""

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3

START_SECONDS = 30
STOP_SECONDS = 15
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_REGION": "us-east-1",
}
SIGNS = {"KeySpec": "RSA_2048", "KeyUsage": "SIGN_VERIFY"}


@contextmanager
def running() -> Iterator[None]:
    """Start it and point this process's AWS at it. Clients must not have been made before."""
    endpoint = f"http://127.0.0.1:{_free_port()}"
    with tempfile.TemporaryDirectory(prefix="perkbank-bench-") as folder:
        server = _start(endpoint, Path(folder))
        try:
            _wait_until_ready(endpoint, server)
            os.environ.update(CREDENTIALS, AWS_ENDPOINT_URL=endpoint)
            yield
        finally:
            server.terminate()
            try:
                server.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()


def furnish() -> None:
    """Make every table, the key that signs the audit trail and the one that cursors are sealed with."""
    # Imported now: clients must not be made before there is something to ask.
    from bank.config import config
    from tests.support import embedded, tables

    tables.create_all()
    new_key(embedded.AUDIT_KEY, SIGNS)
    new_key(config.cursor_key_id, {"KeySpec": "HMAC_256", "KeyUsage": "GENERATE_VERIFY_MAC"})


def new_key(alias: str, asked: dict[str, Any]) -> None:
    """Make a key as asked, under this alias."""
    kms = boto3.client("kms", region_name=CREDENTIALS["AWS_REGION"])
    key_id = kms.create_key(**asked)["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=alias, TargetKeyId=key_id)


def _start(endpoint: str, folder: Path) -> "subprocess.Popen[bytes]":
    environment = {
        "PATH": os.environ["PATH"],
        "TMPDIR": str(folder),
        "GATEWAY_PORT": endpoint.rsplit(":", 1)[1],
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "ERROR",
        **CREDENTIALS,
    }
    return subprocess.Popen(
        [str(Path(sys.executable).parent / "ministack")],
        env=environment,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_ready(endpoint: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError("MiniStack ended at once")
        try:
            urllib.request.urlopen(f"{endpoint}/_ministack/ready", timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"MiniStack was not ready within {START_SECONDS} s")
