"""The local stage: its folders, its names, its address, and what its template is given."""

import os
import platform
import sys
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parents[2]
# Tests give their own, so as not to disturb what the developer runs.
LOCAL = Path(os.environ.get("LOCAL_DIR", ROOT / ".local"))
STACK_FILE = LOCAL / "stack.json"
# One for all stacks of this checkout: a build knows neither stage nor port.
BUILD = ROOT / ".local" / "build"

STAGE = "local"
STACK = f"perkbank-{STAGE}"
ARTIFACTS = "perkbank-artifacts"
REGION = "us-east-1"
# The parameter that says how far the time is ahead (bank.testclock).
TEST_CLOCK = f"/perkbank/{STAGE}/test-clock"
ACCOUNT = "000000000000"
PORT = int(os.environ.get("PORT", "4566"))
ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", f"http://127.0.0.1:{PORT}")

PYTHON_VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
# Any keys do on an emulator; these are the ones that MiniStack takes for the account's own.
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": REGION,
}
# Functions run on this machine's Python, so layers are built for it.
PARAMETERS = {
    "Stage": STAGE,
    "Runtime": f"python{PYTHON_VERSION}",
    "Architecture": "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64",
    "DeletionProtection": "false",
    # There is no CodeDeploy here: the alias moves to a new version at once.
    "GradualDeployment": "false",
    "StreamRecordMaxAge": "60",
    "VerificationSchedule": "rate(1 minute)",
    "WatchSchedule": "rate(1 minute)",
    # Tests do not wait for a quarter of an hour.
    "EscalationSeconds": "5",
    # Every test's customers come from one address, and nobody waits for a second message.
    "CodesPerAddress": "100000",
    "CodeGapSeconds": "0",
}


class Failed(Exception):
    """A command failed; the message is for the person who gave it."""


def client(service: str) -> Any:
    """A client of the emulator, with the account's own credentials."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def bucket(name: str) -> str:
    """A bucket of the local stage by its conventional name: `batches`, `audit`, `risk`, `aml`."""
    return f"perkbank-{STAGE}-{name}-{ACCOUNT}"


def tool(name: str) -> str:
    """A program of the virtual environment."""
    return str(Path(sys.executable).parent / name)
