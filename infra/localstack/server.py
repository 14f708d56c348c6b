"""The LocalStack process: in the background, on 127.0.0.1, with all it leaves in .local/localstack/."""

import os
import shutil
import sys
import urllib.error
import urllib.request

import boto3

from infra.local import CREDENTIALS, REGION, Failed
from infra.local.process import HOST, Server, answers, free_port
from infra.localstack import installation
from infra.localstack.installation import FILESYSTEM, HOME, PYTHON, RUNTIME
from infra.stacks import PATIENCE_SECONDS

SERVER = Server("LocalStack", "localstack.runtime.main", HOME, start_seconds=90, stop_seconds=20)
PORT = int(os.environ.get("LOCALSTACK_PORT", "4567"))
ENDPOINT = f"http://{HOST}:{PORT}"
# Also of this machine, so who answers there answers on more than 127.0.0.1. (Linux; elsewhere nobody does.)
ANOTHER_HOST = "127.0.0.2"
TEMPORARY = HOME / "tmp"


def start() -> None:
    """Install LocalStack if need be, start it in the background and wait until it and DynamoDB answer."""
    if SERVER.pid():
        print(f"LocalStack is running already on {ENDPOINT}")
        return
    if answers(PORT):
        raise Failed(f"port {PORT} is taken by another program; choose one with LOCALSTACK_PORT=")
    installation.install()
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    dynamodb_port = free_port()
    command = [str(PYTHON), "-m", "localstack.runtime.main"]
    try:
        pid = SERVER.start(command, _environment(dynamodb_port), _is_ready)
        _start_dynamodb(dynamodb_port)
    except Failed:
        stop()
        raise
    print(f"LocalStack is ready on {ENDPOINT}, pid {pid}, log {os.path.relpath(SERVER.log)}")


def stop() -> None:
    """Stop the LocalStack that `start` started, with its functions, its DynamoDB and its data."""
    ran = SERVER.stop()
    # LocalStack puts the path of TMPDIR below its own root as well.
    for leftover in (TEMPORARY, FILESYSTEM / TEMPORARY.relative_to("/")):
        shutil.rmtree(leftover, ignore_errors=True)
    print("LocalStack is stopped" if ran else "LocalStack was not running")


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
        # Left out, a presigned URL takes headers that were not signed.
        "S3_SKIP_SIGNATURE_VALIDATION": "0",
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
        "PERKBANK_LAMBDA_PATIENCE": str(PATIENCE_SECONDS),
    }


def _is_ready() -> bool:
    try:
        with urllib.request.urlopen(f"{ENDPOINT}/_localstack/health", timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


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
    if not answers(port):
        raise Failed(f"DynamoDB Local does not run; see {os.path.relpath(SERVER.log)}")
    if any(answers(each, ANOTHER_HOST) for each in (port, PORT)):
        raise Failed("LocalStack or DynamoDB Local listens on more than 127.0.0.1, so it has been stopped")
