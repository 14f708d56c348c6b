"""A room that `make room` made is built, deployed and called, and is gone when its folder is.

In a copy of the repository with few rooms, on a stack of its own: whatever else runs here is left alone.
Where AWS_ENDPOINT_URL names an emulator to take, that must be an empty one.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import boto3
import pytest

from infra import local
from infra.channel import Channel
from infra.local.process import free_port

pytestmark = pytest.mark.rooms()

NAME = "umbrellas"
# A bank with nobody in it: enough for a token, a route, and the entry that an act leaves.
KEPT = ("about", "audit", "identity")
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".local", ".aws-sam", ".hypothesis", "*_cache", "__pycache__"
)


@dataclass(frozen=True)
class Copy:
    """The copied repository and the stage that is deployed from it."""

    root: Path
    endpoint: str

    def run(self, module: str, *arguments: str) -> None:
        """Run one of the repository's commands there."""
        settings = {"PORT": str(urlsplit(self.endpoint).port), "LOCAL_DIR": str(self.root / ".local")}
        ran = subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.root,
            env={**os.environ, **settings},
            capture_output=True,
            text=True,
        )
        assert ran.returncode == 0, f"{module} {' '.join(arguments)}\n{ran.stdout}{ran.stderr}"

    def deploy(self) -> None:
        """Bring the stage to what the folders say."""
        self.run("infra.generate")
        self.run("infra.local", "build")
        self.run("infra.local", "deploy")

    def stacks(self) -> list[str]:
        """The names of the stacks that are there."""
        cloudformation = boto3.client(
            "cloudformation",
            endpoint_url=self.endpoint,
            region_name=local.REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )
        listed = cloudformation.describe_stacks()["Stacks"]
        return [stack["StackName"] for stack in listed if stack["StackStatus"] != "DELETE_COMPLETE"]

    def has(self, room: str) -> bool:
        """Return whether a room has a stack. CloudFormation ends the names of nested ones as it likes."""
        return any(name.startswith(f"{local.STACK}-{room}") for name in self.stacks())

    def channel(self) -> Channel:
        """A channel with every scope of this small bank."""
        self.run("infra.environment")
        found = json.loads((self.root / ".local" / "env.json").read_text())
        return Channel(
            api_url=found["api_url"], client_id=found["client_id"], client_secret=found["client_secret"]
        )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    given = os.environ.get("AWS_ENDPOINT_URL")
    copied = Copy(tmp_path_factory.mktemp("copy") / "repository", given or f"http://127.0.0.1:{free_port()}")
    if "PERKBANK_ENV" in os.environ or (given and copied.stacks()):
        pytest.skip("this deploys and changes a stage of its own")
    shutil.copytree(local.ROOT, copied.root, ignore=LEFT_OUT)
    for template in (copied.root / "functions").glob("*/template.yaml"):
        if template.parent.name not in KEPT:
            shutil.rmtree(template.parent)
    if given:
        yield copied
        return
    copied.run("infra.local", "start")
    yield copied
    copied.run("infra.local", "stop")


@pytest.fixture(scope="module")
def room(copy: Copy) -> Copy:
    """A new room, built and deployed beside the others."""
    copy.run("infra.room", NAME)
    copy.deploy()
    return copy


def test_a_new_room_is_built_deployed_and_called(room: Copy) -> None:
    channel = room.channel()

    created = channel.post("/umbrellas", {"name": "A red one"}, key="first")
    found = channel.get(f"/umbrellas/{created.json['umbrella_id']}")

    assert created.status == 201
    assert found.json == created.json
    assert room.has("Umbrellas")


def test_a_room_is_gone_when_its_folder_is(room: Copy) -> None:
    umbrella = room.channel().post("/umbrellas", {"name": "A green one"}, key="second").json

    shutil.rmtree(room.root / "functions" / NAME)
    room.deploy()
    # MiniStack makes another API of another document, at another address.
    channel = room.channel()

    assert not room.has("Umbrellas")
    assert channel.get(f"/umbrellas/{umbrella['umbrella_id']}").status == 404
    assert channel.get("/health").status == 200
