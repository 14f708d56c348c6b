"""The world outside is reached in one way, over TLS; what stands in for it is for developers."""

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import pytest

from bank import outbound
from bank.config import config
from infra.contract import ROOT, rooms

KERNEL = ROOT / "layers" / "bank" / "python" / "bank"
CODE = [path for root in (KERNEL, rooms.FUNCTIONS) for path in sorted(root.rglob("*.py"))]
# Libraries that reach addresses; AWS is reached by botocore, through bank.aws.
REACHING = {"urllib.request", "http.client", "requests", "httpx", "aiohttp", "urllib3", "socket", "ftplib"}
STAND_IN = re.compile(r"simulat|sandbox|fake|stub|mock|dummy|stand_?in", re.IGNORECASE)
ADDRESS = re.compile(r"UR[IL]")
OUR_QUEUE = re.compile(r"_QUEUE_URL$")
HOSTILE = (
    "http://provider.example/",
    "http://127.0.0.1:80@provider.example/",
    "http://localhost.provider.example/",
    "ftp://provider.example/",
    "file:///etc/passwd",
    "//provider.example/",
    "provider.example",
    "https://",
    "https://user:secret@provider.example/",
)


def at_stage(monkeypatch: pytest.MonkeyPatch, stage: str) -> None:
    """Let the code run in a stage."""
    monkeypatch.setattr(outbound, "config", dataclasses.replace(config, table_prefix=f"perkbank-{stage}-"))


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, wherever it stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            names = {each.name for each in node.names}
            # `Request` is a value; what opens it is not.
            if node.module != "urllib.request" or names - {"Request"}:
                yield node.module


def stand_ins() -> Iterator[type]:
    """Every class of the rooms that is named as one that stands in for something."""
    for room in rooms.names():
        package = importlib.import_module(room)
        for info in pkgutil.walk_packages(package.__path__, f"{room}."):
            module = importlib.import_module(info.name)
            for _, found in inspect.getmembers(module, inspect.isclass):
                if found.__module__ == info.name and STAND_IN.search(found.__name__):
                    yield found


def url_variables() -> Iterator[tuple[str, str]]:
    """Each room with each variable of its settings that is the address of somebody outside."""
    for room in rooms.names():
        path = rooms.FUNCTIONS / room / "settings.py"
        named = re.findall(r'environ(?:\.get\(|\[)\s*"(\w+)"', path.read_text()) if path.exists() else []
        yield from ((room, name) for name in named if ADDRESS.search(name) and not OUR_QUEUE.search(name))


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_the_kernel_s_one_module_reaches_addresses(path: Any) -> None:
    """It takes no redirects; a room that opens addresses itself would."""
    allowed = REACHING if path == KERNEL / "outbound.py" else set()

    assert set(imported(ast.parse(path.read_text()))) & REACHING <= allowed


def test_the_simulators_are_found() -> None:
    """Else the next test would hold nothing."""
    assert [each.__name__ for each in stand_ins()] == ["Simulator"]


@pytest.mark.parametrize("stand_in", list(stand_ins()))
@pytest.mark.parametrize("stage", ["prod", "dev", "staging", "local2", "test-2", "Local", ""])
def test_a_simulator_answers_in_no_other_stage(
    stand_in: type, stage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its base class: it cannot even be made."""
    for simulated in ("local", "test"):
        at_stage(monkeypatch, simulated)
        assert stand_in()
    at_stage(monkeypatch, stage)

    with pytest.raises(outbound.NotConfigured):
        stand_in()


def test_the_addresses_in_settings_are_found() -> None:
    """Else the next test would hold nothing."""
    assert ("kyc", "KYC_PROVIDER_URL") in list(url_variables())


@pytest.mark.parametrize(("room", "variable"), list(url_variables()))
@pytest.mark.parametrize("url", HOSTILE)
def test_a_setting_takes_no_address_but_https(
    room: str, variable: str, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a clear error at the start."""
    settings = importlib.import_module(f"{room}.settings")
    monkeypatch.setenv(variable, url)

    with pytest.raises(ValueError, match=variable):
        settings._read()


@pytest.mark.parametrize("url", HOSTILE)
def test_no_such_address_is_taken_in_any_stage(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain HTTP is for this machine."""
    for stage in ("local", "test", "prod"):
        at_stage(monkeypatch, stage)
        with pytest.raises(ValueError, match="neither https"):
            outbound.address(url, setting="X_URL")


def test_plain_http_to_this_machine_is_for_developers_and_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """In other stages 127.0.0.1 would be the function's own sandbox."""
    at_stage(monkeypatch, "local")
    assert outbound.address("http://127.0.0.1:8080/", setting="X_URL")
    at_stage(monkeypatch, "prod")

    assert outbound.address("https://provider.example/v1", setting="X_URL")
    with pytest.raises(ValueError, match="neither https"):
        outbound.address("http://127.0.0.1:8080/", setting="X_URL")


@pytest.mark.parametrize("stage", ["prod", "dev"])
def test_a_stage_that_states_no_posture_lets_nothing_pass(stage: str) -> None:
    """Where risk cannot answer; a developer's machine and tests let all pass."""
    deployed = dataclasses.replace(config, table_prefix=f"perkbank-{stage}-", risk_posture="{}")

    assert {deployed.posture(product) for product in ("payment", "transfer", "withdrawal")} == {"decline"}
    assert dataclasses.replace(config, risk_posture="{}").posture("payment") == "approve"
