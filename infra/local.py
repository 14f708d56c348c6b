"""Perkbank on this machine: MiniStack stands in for AWS; `sam` builds and deploys the same template there.

    python -m infra.local start|build|deploy|status|events|messages|stop

`deploy` goes to `AWS_ENDPOINT_URL` where that is set (LocalStack, another MiniStack), else to what `start`
started. All it leaves behind lies in .local/: what it runs, what it built, its log. `PORT` moves the server.
MiniStack runs with AUTH=true: every function has the permissions of its role and no others, as on AWS.
"""

import fcntl
import hashlib
import json
import os
import platform
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import yaml

from infra import stacks, templates

ROOT = Path(__file__).resolve().parent.parent
# Tests give their own, so as not to disturb what the developer runs.
LOCAL = Path(os.environ.get("LOCAL_DIR", ROOT / ".local"))
PID_FILE = LOCAL / "ministack.pid"
LOG_FILE = LOCAL / "ministack.log"
STACK_FILE = LOCAL / "stack.json"
# One for all stacks of this checkout: a build knows neither stage nor port.
BUILD = ROOT / ".local" / "build"
TEMPORARY = LOCAL / "tmp"

STAGE = "local"
STACK = f"perkbank-{STAGE}"
ARTIFACTS = "perkbank-artifacts"
REGION = "us-east-1"
ACCOUNT = "000000000000"
PORT = int(os.environ.get("PORT", "4566"))
ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", f"http://127.0.0.1:{PORT}")
START_SECONDS = 30
STOP_SECONDS = 15
SHOWN_OF_FAILURE = 6000
# MiniStack does not clear away what a failed deploy left.
ADVICE = "After a failed deploy begin afresh: `make stop`, then `make run`."

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
    # Every test's customers come from one address, and nobody waits for a second message.
    "CodesPerAddress": "100000",
    "CodeGapSeconds": "0",
}


class Failed(Exception):
    """What was asked could not be done; the message is for the person who asked."""


# The server ---------------------------------------------------------------------------------------


def start() -> None:
    """Start MiniStack in the background and wait until it answers."""
    if running_pid():
        print(f"MiniStack is running already on port {PORT}")
        return
    _refuse_taken_port()
    TEMPORARY.mkdir(parents=True, exist_ok=True)
    with LOG_FILE.open("w") as log:
        server = subprocess.Popen(
            [_tool("ministack")],
            env=_server_environment(),
            cwd=LOCAL,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    PID_FILE.write_text(str(server.pid))
    _wait_until_ready(server)
    print(f"MiniStack is ready on http://127.0.0.1:{PORT}, pid {server.pid}, log {_shown(LOG_FILE)}")


def stop() -> None:
    """Stop the MiniStack that `start` started; its Lambda workers end with it, and so does all its data."""
    pid = running_pid()
    if pid:
        os.kill(pid, signal.SIGTERM)
        if not _gone_within(pid, STOP_SECONDS):
            os.kill(pid, signal.SIGKILL)
    for leftover in (PID_FILE, STACK_FILE):
        leftover.unlink(missing_ok=True)
    _remove_in_background(TEMPORARY)
    print("MiniStack is stopped" if pid else "MiniStack was not running")


def running_pid() -> int | None:
    """The process id of our MiniStack, or None. A number that means another process by now is no answer."""
    try:
        pid = int(PID_FILE.read_text())
    except (FileNotFoundError, ValueError):
        return None
    command = subprocess.run(["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True)
    return pid if "ministack" in command.stdout else None


def _server_environment() -> dict[str, str]:
    """Little of ours: functions inherit the server's environment."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": os.environ.get("HOME", str(LOCAL)),
        "LANG": "C.UTF-8",
        "TMPDIR": str(TEMPORARY),
        "GATEWAY_PORT": str(PORT),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "AUTH": os.environ.get("AUTH", "true"),
        "LOG_LEVEL": "INFO",
        # Workers that a burst has left end after half a minute; of each function one stays.
        "LAMBDA_WARM_TTL_SECONDS": "30",
        # Workers have few threads: glibc's memory pools for each would only grow.
        "MALLOC_ARENA_MAX": "2",
        **CREDENTIALS,
    }


def _refuse_taken_port() -> None:
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", PORT)) == 0:
            raise Failed(f"port {PORT} is taken by another program; choose one with PORT=")


def _wait_until_ready(server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise Failed(f"MiniStack ended at once; see {_shown(LOG_FILE)}")
        if is_ready():
            return
        time.sleep(0.1)
    raise Failed(f"MiniStack was not ready within {START_SECONDS} s; see {_shown(LOG_FILE)}")


def is_ready() -> bool:
    """Whether MiniStack answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/_ministack/ready", timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _remove_in_background(folder: Path) -> None:
    """Each worker has unpacked 50 MB there: nobody should wait minutes for that to go."""
    if folder.exists():
        doomed = folder.rename(folder.with_name(f"removed-{time.time_ns()}"))
        subprocess.Popen(["rm", "-rf", str(doomed)], start_new_session=True)


def _gone_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if running_pid() != pid:
            return True
        time.sleep(0.2)
    return False


# The stack ----------------------------------------------------------------------------------------


def build() -> None:
    """Build functions and layers for this machine, unless nothing has changed since.

    Not from SAM's cache: that looks at a room's folder alone, and a package tells of the layers too
    (functions/room.mk).
    """
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not _is_built():
            _sam(
                "build",
                "--parallel",
                "--build-dir",
                str(BUILD),
                "--parameter-overrides",
                *_parameter_overrides(),
            )
            (BUILD / "of").write_text(_digest())


def _is_built() -> bool:
    try:
        return (BUILD / "of").read_text() == _digest()
    except FileNotFoundError:
        return False


def _digest() -> str:
    """Of everything that a build is made from: the files, and the Python that it is for."""
    paths = [ROOT / "template.yaml", ROOT / "requirements.txt", *(ROOT / "infra").glob("*.yaml")]
    # The last makes the documents that the about room serves.
    for folder in ("functions", "layers", "infra/contract"):
        paths += [path for path in (ROOT / folder).rglob("*") if path.is_file()]
    digest = hashlib.sha256(json.dumps([PARAMETERS, _layer_platform()]).encode())
    for path in sorted(path for path in paths if "__pycache__" not in path.parts):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _layer_platform() -> str:
    """MiniStack's functions have the packages of the Python that runs it (layers/dependencies/Makefile)."""
    return "host" if _is_ministack() else "native"


def deploy() -> None:
    """Create or update the stacks at the endpoint, and keep what a client needs to know of them."""
    client("s3").create_bucket(Bucket=ARTIFACTS)
    if _is_ministack():
        _deploy_stacks()
    else:
        _deploy_nested()
    outputs = _stack_outputs()
    outputs["Endpoint"] = ENDPOINT
    outputs["ApiUrl"] = f"{ENDPOINT}/restapis/{outputs['ApiId']}/{STAGE}/_user_request_"
    _apply_gateway_responses(outputs["ApiId"])
    _lock_buckets()
    STACK_FILE.write_text(json.dumps(outputs, indent=2) + "\n")
    print(f"The API is at {outputs['ApiUrl']}")


def _is_ministack() -> bool:
    """Whether the endpoint is MiniStack, and not LocalStack or AWS. No answer is not a no."""
    try:
        with urllib.request.urlopen(f"{ENDPOINT}/_ministack/ready", timeout=30) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError:
        return False
    except OSError as failure:
        raise Failed(f"{ENDPOINT} does not answer: {failure}") from None


def _deploy_stacks() -> None:
    """To MiniStack, a stack for each room."""
    started = time.monotonic()
    stage = stacks.Stage(STACK, PARAMETERS, client, ARTIFACTS)
    try:
        stage.deploy(BUILD / "template.yaml")
    except stacks.DeployFailed as failure:
        raise Failed(f"{failure}\n{ADVICE}") from None
    print(f"{len(stage.changed)} stacks changed: {time.monotonic() - started:.0f} s")


def _deploy_nested() -> None:
    """To LocalStack, as to AWS: the root template with its nested stacks."""
    _sam(
        "deploy",
        "--template-file",
        str(BUILD / "template.yaml"),
        "--stack-name",
        STACK,
        "--s3-bucket",
        ARTIFACTS,
        "--capabilities",
        "CAPABILITY_NAMED_IAM",
        "CAPABILITY_AUTO_EXPAND",
        "--no-confirm-changeset",
        "--no-fail-on-empty-changeset",
        "--no-progressbar",
        "--parameter-overrides",
        *_parameter_overrides(),
    )


def bucket(name: str) -> str:
    """A bucket of the local stage by its conventional name: `batches`, `audit`, `risk`, `aml`."""
    return f"perkbank-{STAGE}-{name}-{ACCOUNT}"


def outputs() -> dict[str, str]:
    """What the deployed stack said of itself: Endpoint, ApiUrl, ApiId."""
    try:
        loaded: dict[str, str] = json.loads(STACK_FILE.read_text())
    except FileNotFoundError:
        raise Failed("nothing is deployed: `make run` first") from None
    return loaded


def client(service: str) -> Any:
    """A client of the emulator, with the account's own credentials."""
    return boto3.client(
        service,  # type: ignore[call-overload]
        endpoint_url=ENDPOINT,
        region_name=REGION,
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )


def _apply_gateway_responses(api_id: str) -> None:
    """Give MiniStack the gateway's own answers (401, 403, 404): it does not read them from the document."""
    document = yaml.safe_load((ROOT / "infra" / "gateway.yaml").read_text())
    gateway = client("apigateway")
    for kind, answer in document.get("x-amazon-apigateway-gateway-responses", {}).items():
        gateway.put_gateway_response(
            restApiId=api_id,
            responseType=kind,
            responseParameters=answer.get("responseParameters", {}),
            responseTemplates=answer.get("responseTemplates", {}),
            **({"statusCode": str(answer["statusCode"])} if "statusCode" in answer else {}),
        )
    gateway.create_deployment(restApiId=api_id, stageName=STAGE)


def _lock_buckets() -> None:
    """Turn object lock on where templates say so, which MiniStack does not read from them."""
    for path in map(templates.room_path, templates.rooms()):
        for resource in templates.read(path)["Resources"].values():
            if resource.get("Properties", {}).get("ObjectLockEnabled"):
                name = resource["Properties"]["BucketName"]["Fn::Sub"]
                client("s3").put_object_lock_configuration(
                    Bucket=name.replace("${Stage}", STAGE).replace("${AWS::AccountId}", ACCOUNT),
                    ObjectLockConfiguration={"ObjectLockEnabled": "Enabled"},
                )


def _stack_outputs() -> dict[str, str]:
    stack = client("cloudformation").describe_stacks(StackName=STACK)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def _parameter_overrides() -> list[str]:
    return [f'{name}="{value}"' for name, value in PARAMETERS.items()]


def _sam(command: str, *arguments: str) -> None:
    """Run SAM quietly; show what it said when it fails."""
    environment = {
        **os.environ,
        **CREDENTIALS,
        "AWS_ENDPOINT_URL": ENDPOINT,
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "VIRTUAL_ENV": sys.prefix,
        "LAYER_PLATFORM": _layer_platform(),
        "LAYER_PYTHON": PYTHON_VERSION,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_POLL_DELAY": "1",
    }
    started = time.monotonic()
    ran = subprocess.run(
        [_tool("sam"), command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    if ran.returncode != 0:
        sys.stderr.write((ran.stdout + ran.stderr)[-SHOWN_OF_FAILURE:])
        raise Failed(f"sam {command} failed. {ADVICE}")
    print(f"sam {command}: {time.monotonic() - started:.0f} s")


# Looking at it ------------------------------------------------------------------------------------


def status() -> None:
    """Say what runs and what is deployed."""
    pid = running_pid()
    print(f"MiniStack: {'pid ' + str(pid) if pid else 'not running'}, ready: {'yes' if is_ready() else 'no'}")
    if STACK_FILE.exists():
        print(f"API: {outputs()['ApiUrl']}")


def events() -> None:
    """Print every domain event from now on, one JSON document a line, until interrupted."""
    for event in tapped():
        print(json.dumps(event), flush=True)


def messages() -> None:
    """Print the text messages that were sent (codes to customers' phones), one JSON document a line."""
    for number, text in sent_messages():
        print(json.dumps({"phone": number, "message": text}, ensure_ascii=False))


def sent_messages(endpoint: str = ENDPOINT, phone: str | None = None) -> list[tuple[str, str]]:
    """(phone, text) of what is in the emulator's inbox of text messages, for one phone oldest first."""
    query = f"?{urllib.parse.urlencode({'phoneNumber': phone})}" if phone else ""
    try:
        inbox = _inbox(f"{endpoint}/_ministack/sns/sms-messages{query}")
    except urllib.error.HTTPError:
        inbox = _inbox(f"{endpoint}/_aws/sns/sms-messages{query}")
    return [(number, sent["Message"]) for number, all_sent in inbox.items() for sent in all_sent]


def _inbox(url: str) -> dict[str, list[dict[str, Any]]]:
    """MiniStack's, or at the address that LocalStack has for it."""
    with urllib.request.urlopen(url) as answer:
        found: dict[str, list[dict[str, Any]]] = json.load(answer)["sms_messages"]
    return found


def tapped(wait_seconds: int = 20, *, for_ever: bool = True) -> Iterator[dict[str, Any]]:
    """Events from the local tap queue, which gets a copy of each; taken from it once shown."""
    sqs = client("sqs")
    queue = sqs.get_queue_url(QueueName=f"perkbank-{STAGE}-events-tap")["QueueUrl"]
    while True:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=wait_seconds)
        messages = answer.get("Messages", [])
        for message in messages:
            yield json.loads(message["Body"])
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
        if not messages and not for_ever:
            return


def _tool(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def _shown(path: Path) -> str:
    return os.path.relpath(path)


COMMANDS = {
    "start": start,
    "stop": stop,
    "build": build,
    "deploy": deploy,
    "status": status,
    "events": events,
    "messages": messages,
}


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
