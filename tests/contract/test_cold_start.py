"""Cold starts: a function imports nothing that only one of its routes or handlers needs."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest

from infra.local.server import LAMBDA_PYTHON
from infra.templates import ROOT
from tests.support import cloudformation

ROOMS = sorted({function.room for function in cloudformation.functions()})
# Each takes a cold start as long as a room's own code. Whoever needs one imports it where it is needed.
HEAVY = {
    "aiohttp",
    "argon2",
    "asyncio",
    "aws_encryption_sdk",
    "aws_lambda_powertools.event_handler",
    "boto3",
    "cryptography.hazmat",
    "duckdb",
    "http_sf",
    "joserfc",
    "openapi_pydantic",
    "phonenumbers",
    "rapidfuzz",
    "segno",
    "zen",
    "zxcvbn",
}
LOOK = """
import importlib, json, sys
from pydantic import BaseModel

def beneath(model):
    for each in model.__subclasses__():
        yield each
        yield from beneath(each)

importlib.import_module(sys.argv[1])
built = [f"{each.__module__}.{each.__name__}" for each in beneath(BaseModel) if each.__pydantic_complete__]
print(json.dumps({"modules": sorted(sys.modules), "built": built}))
"""
KERNEL = ROOT / "layers" / "bank" / "python"


def imported(module: str) -> dict[str, Any]:
    """Modules and built models of a fresh process that imported the module."""
    paths = os.pathsep.join(map(str, (ROOT / "functions", KERNEL, LAMBDA_PYTHON)))
    ran = subprocess.run(
        [sys.executable, "-c", LOOK, module],
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("room", ROOMS)
def test_a_function_starts_without_what_few_requests_need(room: str) -> None:
    found = imported(f"{room}.app")

    assert HEAVY.isdisjoint(found["modules"])
    assert found["built"] == []
