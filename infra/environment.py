"""The deployed stage as clients and tools see it: where it is, what its parts are called, and a client of it.

    python -m infra.environment       writes .local/env.json, and registers a client where none is known

`env.json` holds the secret of a client with every scope: it is for a stage on this machine alone.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from botocore.config import Config
from localstack_client.session import Session  # type: ignore[import-untyped]

import infra.contract  # the rooms become importable
from identity.domain.access import SCOPES
from infra import local
from infra.channel import Channel, NoAnswer

ENV_FILE = local.LOCAL / "env.json"
CLIENT_NAME = "Every scope, for tests and tools"
ONLY_MINE = 0o600
# As long as a function may take; whoever asks twice runs it twice.
PATIENT = Config(read_timeout=900, retries={"total_max_attempts": 1})
# What a developer's client may owe in each currency, and deposit in a day.
CURRENCIES, PLENTY = ("CNY", "USD", "EUR"), str(10**14)


@dataclass(frozen=True)
class Environment:
    """`tables`, `queues` and `functions` map names without the stage's prefix to physical names or URLs."""

    api_url: str
    client_id: str
    client_secret: str
    stage: str
    endpoint_url: str
    region: str
    batch_bucket: str
    tables: dict[str, str]
    queues: dict[str, str]
    functions: dict[str, str]

    def channel(self) -> Channel:
        """A channel that calls the API as this client."""
        return Channel(api_url=self.api_url, client_id=self.client_id, client_secret=self.client_secret)

    def aws(self, service: str, **options: Any) -> Any:
        """A client of the emulator as the account itself."""
        session = Session(
            aws_access_key_id=local.CREDENTIALS["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=local.CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            region_name=self.region,
            localstack_host=urlsplit(self.endpoint_url).netloc,
        )
        return session.client(service, **options)

    def invoke(self, function: str, event: Any = None) -> Any:
        """Invoke a function's version in service; its result. Raises RuntimeError when it failed."""
        answer = self.aws("lambda", config=PATIENT).invoke(
            FunctionName=self.functions[function], Qualifier="live", Payload=json.dumps(event or {}).encode()
        )
        payload = answer["Payload"].read()
        if "FunctionError" in answer:
            raise RuntimeError(f"{function}: {payload.decode()}")
        return json.loads(payload)


def read(path: Path = ENV_FILE) -> Environment | None:
    """Return the written environment, or None."""
    try:
        return Environment(**json.loads(path.read_text()))
    except (FileNotFoundError, TypeError):
        return None


def ensure() -> Environment:
    """The environment as it is now, written to env.json; its client is kept while it still gets tokens."""
    written = read()
    client = (written.client_id, written.client_secret) if written else None
    found = _discovered(client or ("", ""))
    if not client or not _is_let_in(found):
        # The developer's client, and the tests', stands for the bank's own systems.
        found = _discovered(register(name=CLIENT_NAME, scopes=tuple(SCOPES), options=["--bank-wide"]))
    if "movements" in found.tables:
        allow(found.client_id)
    ENV_FILE.touch(mode=ONLY_MINE)
    ENV_FILE.write_text(json.dumps(asdict(found), indent=2) + "\n")
    return found


def register(
    *, name: str, scopes: tuple[str, ...], endpoint_url: str = local.ENDPOINT, options: Sequence[str] = ()
) -> tuple[str, str]:
    """Register a client as operators do, with the room's own command and its `options`; its id and secret."""
    arguments = [*options, *(argument for scope in scopes for argument in ("--scope", scope))]
    ran = subprocess.run(
        [sys.executable, "-m", "identity.cli", "register", "--name", name, *arguments],
        env=process_environment(endpoint_url),
        check=True,
        capture_output=True,
        text=True,
    )
    registered = json.loads(ran.stdout)
    return registered["client_id"], registered["client_secret"]


def allow(client_id: str, *, most: str = PLENTY, endpoint_url: str = local.ENDPOINT) -> None:
    """Let a client deposit and pay out plenty, or so much at `most` (minor units), as operators do."""
    currencies = [argument for currency in CURRENCIES for argument in ("--currency", currency)]
    limits = ["--credit-limit", most, "--per-day", most]
    subprocess.run(
        [sys.executable, "-m", "accounts.cli", "allow", "--client", client_id, *currencies, *limits],
        env=process_environment(endpoint_url),
        check=True,
        capture_output=True,
        text=True,
    )


def add_key(*, client_id: str, file: Path, endpoint_url: str = local.ENDPOINT) -> str:
    """Let a client sign with an Ed25519 key whose public half is in `file`, PEM; the key's id."""
    arguments = [client_id, "--file", str(file), "--algorithm", "ed25519"]
    ran = subprocess.run(
        [sys.executable, "-m", "identity.cli", "add-key", *arguments],
        env=process_environment(endpoint_url),
        check=True,
        capture_output=True,
        text=True,
    )
    key_id: str = json.loads(ran.stdout)["key_id"]
    return key_id


def process_environment(endpoint_url: str = local.ENDPOINT) -> dict[str, str]:
    """The variables with which the rooms' code runs here and works on the stage's tables."""
    root = infra.contract.ROOT
    paths = (root / "functions", root / "layers" / "bank" / "python", root)
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": os.pathsep.join(map(str, paths)),
        "TABLE_PREFIX": f"{local.STACK}-",
        "EVENT_BUS": local.STACK,
        "TEST_CLOCK": local.TEST_CLOCK,
        "FIELD_KEY_ID": f"alias/{local.STACK}-field-encryption",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "POWERTOOLS_METRICS_NAMESPACE": "Perkbank",
        "AWS_REGION": local.REGION,
        "AWS_ENDPOINT_URL": endpoint_url,
        **local.CREDENTIALS,
    }


def _discovered(client: tuple[str, str]) -> Environment:
    outputs = local.outputs()
    prefix = f"{local.STACK}-"
    tables = local.client("dynamodb").get_paginator("list_tables").paginate()
    functions = local.client("lambda").get_paginator("list_functions").paginate()
    queues = local.client("sqs").list_queues(QueueNamePrefix=prefix, MaxResults=1000)
    return Environment(
        api_url=outputs["ApiUrl"],
        client_id=client[0],
        client_secret=client[1],
        stage=local.STAGE,
        endpoint_url=local.ENDPOINT,
        region=local.REGION,
        batch_bucket=local.bucket("batches"),
        tables=dict(_named(prefix, (name for page in tables for name in page["TableNames"]))),
        queues=dict(_named(prefix, queues.get("QueueUrls", ()))),
        functions=dict(
            _named(prefix, (each["FunctionName"] for page in functions for each in page["Functions"]))
        ),
    )


def _named(prefix: str, names: Any) -> Iterator[tuple[str, str]]:
    """Names and URLs of this stage by what follows its prefix."""
    for name in sorted(names):
        own = name.rsplit("/", 1)[-1]
        if own.startswith(prefix):
            yield own.removeprefix(prefix), name


def _is_let_in(environment: Environment) -> bool:
    try:
        environment.channel().token()
    except PermissionError:
        return False
    return True


def main() -> int:
    """Write env.json."""
    try:
        found = ensure()
    except (local.Failed, NoAnswer) as failure:
        print(failure, file=sys.stderr)
        return 1
    print(f"{os.path.relpath(ENV_FILE)}: client {found.client_id} at {found.api_url}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
