"""What all tests share. Environment first: the kernel reads it once, at import."""

import functools
import os
import runpy
import secrets
from pathlib import Path
from types import SimpleNamespace

import pytest
from argon2 import PasswordHasher
from hypothesis import HealthCheck, settings

# Before botocore, which would import what Lambda has not.
runpy.run_path(str(Path(__file__).parents[1] / "infra/local/lambda_python/sitecustomize.py"))
import botocore.session  # noqa: E402

os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
os.environ.setdefault("AWS_REGION", "us-east-1")
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "true")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Perkbank")

# Clients that a test forgets to mock reach nobody's account.
os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
os.environ.setdefault("AWS_SECRET_ACCESS_KEY", "test")

# Every session would parse botocore's descriptions of services again: 40 ms for each of thousands of clients.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)

# The one profile of Hypothesis. Neither a deadline nor a check of generation's speed: both time the machine.
# Fixtures are those of the whole function: a test that uses one with @given says what its examples share.
settings.register_profile(
    "perkbank",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("perkbank")


@pytest.fixture(autouse=True)
def light_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash in no time: with OWASP's parameters it was a third of the time of rooms with passwords."""
    from bank.credentials import passwords

    light = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_hasher", lambda: light)
    monkeypatch.setattr(passwords, "NOBODY", light.hash("nobody"))


@pytest.fixture(autouse=True)
def nothing_read_before() -> None:
    """Each test is a process of its own to what is kept of rows for some seconds."""
    from bank.store import recent

    recent.forget()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which tests: all, or one room's."""
    parser.addoption("--room", help="only the tests of this room, and those that are about every room")


def pytest_configure(config: pytest.Config) -> None:
    """Draw the run's seed, unless one is given; with pytest-xdist every worker gets the same."""
    if config.getoption("hypothesis_seed") is None:
        config.option.hypothesis_seed = secrets.randbelow(2**32)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Say how to repeat a run that failed."""
    if exitstatus:
        seed = terminalreporter.config.getoption("hypothesis_seed")
        terminalreporter.write_line(f"the same examples again: --hypothesis-seed={seed}")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is about other rooms alone."""
    room = config.getoption("--room")
    if room:
        config.hook.pytest_deselected(items=[item for item in items if room not in rooms_of(item, room)])
        items[:] = [item for item in items if room in rooms_of(item, room)]


def rooms_of(item: pytest.Item, every: str) -> set[str]:
    """The rooms that a test is about, by its file's mark or its parameters; else it is about `every`.

    A file may say itself whose its parameters are: `ROOM_OF`, by the parameter `name`.
    """
    marked = item.get_closest_marker("rooms")
    if marked:
        return set(marked.args)
    parameters = getattr(item, "callspec", SimpleNamespace(params={})).params
    function = parameters.get("function")
    named = getattr(getattr(item, "module", None), "ROOM_OF", {}).get(parameters.get("name"))
    return {parameters.get("room") or getattr(function, "room", None) or named or every}
