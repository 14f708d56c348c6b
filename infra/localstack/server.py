"""The LocalStack process: in the background, on 127.0.0.1, with all it leaves in .local/localstack/."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3

from infra.local import CREDENTIALS, REGION, Failed
from infra.localstack import installation
from infra.localstack.installation import FILESYSTEM, HOME, PYTHON, RUNTIME

PORT = int(os.environ.get("LOCALSTACK_PORT", "4567"))
HOST = "127.0.0.1"
ENDPOINT = f"http://{HOST}:{PORT}"
# Also of this machine, so who answers there answers on more than 127.0.0.1. (Linux; elsewhere nobody does.)
ANOTHER_HOST = "127.0.0.2"
PID_FILE = HOME / "localstack.pid"
LOG_FILE = HOME / "localstack.log"
TEMPORARY = HOME / "tmp"
# Under 16 parallel requests on two processors LocalStack needs more than a function's 10 s for its few calls.
PATIENCE = os.environ.get("PERKBANK_LAMBDA_PATIENCE", "3")
START_SECONDS = 90
STOP_SECONDS = 20


def start() -> None:
    """Install LocalStack if need be, start it in the background and wait until it and DynamoDB answer."""
    if running_pid():
        print(f"LocalStack is running already on {ENDPOINT}")
        return
    if _answers(HOST, PORT):
        raise Failed(f"port {PORT} is taken by another program; choose one with LOCALSTACK_PORT=")
    installation.install()
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    dynamodb_port = _free_port()
    with LOG_FILE.open("w") as log:
        server = subprocess.Popen(
            [str(PYTHON), "-m", "localstack.runtime.main"],
            env=_environment(dynamodb_port),
            cwd=HOME,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID_FILE.write_text(str(server.pid))
    try:
        _wait_until_ready(server)
        _start_dynamodb(dynamodb_port)
    except Failed:
        stop()
        raise
    print(f"LocalStack is ready on {ENDPOINT}, pid {server.pid}, log {os.path.relpath(LOG_FILE)}")


def stop() -> None:
    """Stop the LocalStack that `start` started, with its functions, its DynamoDB and its data."""
    pid = running_pid()
    if pid:
        children = _children(pid)
        os.kill(pid, signal.SIGTERM)
        if not _gone_within(pid, STOP_SECONDS):
            # It could not clear up, so DynamoDB and the functions, in sessions of their own, would live on.
            for each in (pid, *children):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(each, signal.SIGKILL)
    PID_FILE.unlink(missing_ok=True)
    # LocalStack puts the path of TMPDIR below its own root as well.
    for leftover in (TEMPORARY, FILESYSTEM / TEMPORARY.relative_to("/")):
        shutil.rmtree(leftover, ignore_errors=True)
    print("LocalStack is stopped" if pid else "LocalStack was not running")


def running_pid() -> int | None:
    """The process id of our LocalStack, or None. A number that means another process by now is no answer."""
    try:
        pid = int(PID_FILE.read_text())
    except (FileNotFoundError, ValueError):
        return None
    command = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True)
    return pid if "localstack.runtime.main" in command.stdout else None


def _environment(dynamodb_port: int) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(HOME),
        "LANG": "C.UTF-8",
        "TMPDIR": str(TEMPORARY),
        "OVERRIDE_IN_DOCKER": "0",
        "FILESYSTEM_ROOT": str(FILESYSTEM),
        # Reached at this address only; nothing is fetched, reported or resolved elsewhere.
        "GATEWAY_LISTEN": f"{HOST}:{PORT}",
        "LOCALSTACK_HOST": f"{HOST}:{PORT}",
        "GATEWAY_SERVER": "hypercorn",
        "DNS_ADDRESS": "0",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "SQS_ENDPOINT_STRATEGY": "path",
        # DynamoDB and its streams by DynamoDB Local.
        "PROVIDER_OVERRIDE_DYNAMODB": "v2",
        "DYNAMODB_LOCAL_PORT": str(dynamodb_port),
        "DYNAMODB_IN_MEMORY": "1",
        # Functions by our plugin. Streams are polled: every second, not ever less often while nothing comes.
        "LAMBDA_RUNTIME_EXECUTOR": "process",
        "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "90",
        "LAMBDA_EVENT_SOURCE_MAPPING_MAX_BACKOFF_ON_EMPTY_POLL_SEC": "1",
        "PERKBANK_LAMBDA_PYTHON": sys.executable,
        "PERKBANK_LAMBDA_RUNTIME": str(RUNTIME),
        "PERKBANK_LAMBDA_PATIENCE": PATIENCE,
    }


def _wait_until_ready(server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Failed(f"LocalStack ended at once; see {os.path.relpath(LOG_FILE)}")
        try:
            with urllib.request.urlopen(f"{ENDPOINT}/_localstack/health", timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise Failed(f"LocalStack was not ready within {START_SECONDS} s; see {os.path.relpath(LOG_FILE)}")


def _start_dynamodb(port: int) -> None:
    """Make LocalStack start DynamoDB Local, and refuse to go on if the network can reach either."""
    client = boto3.client(
        "dynamodb",
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    client.list_tables()
    if not _answers(HOST, port):
        raise Failed(f"DynamoDB Local does not run; see {os.path.relpath(LOG_FILE)}")
    if any(_answers(ANOTHER_HOST, each) for each in (port, PORT)):
        raise Failed("LocalStack or DynamoDB Local listens on more than 127.0.0.1, so it has been stopped")


def _answers(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(2)
        try:
            return probe.connect_ex((host, port)) == 0
        except OSError:
            return False


def _children(pid: int) -> list[int]:
    table = subprocess.run(["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True).stdout
    rows = (line.split() for line in table.splitlines())
    return [int(child) for child, parent in rows if int(parent) == pid]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running_pid() != pid:
            return True
        time.sleep(0.2)
    return False
