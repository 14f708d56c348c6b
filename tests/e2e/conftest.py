"""The deployed stack, for all end-to-end tests of a run.

Which one: the platform that PERKBANK_ENV names (a path to an env.json), else the one that is deployed at
AWS_ENDPOINT_URL, else one of their own (tests/e2e/stack.py). The developer's own platform is never used
unasked: it may run older code, and it has its own data.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import environment
from tests.e2e import stack
from tests.e2e.deployed import Deployed
from tests.e2e.people import People

# The books are looked at after everything else, and then the time moves ahead for good.
LAST = ("test_the_books", "test_months_ahead")
# Each test of these stands alone, so any worker takes the next one.
EACH_ALONE = ("test_hostile_input",)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark end-to-end tests, which ask for the deployed stack, and groups. Some are `LAST`.

    Before pytest-xdist's hook, which reads the groups. It tells tests apart by their ids, which schemathesis
    gives all operations alike.
    """
    for item in items:
        if "deployed" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.e2e)
        name = _file(item)
        if name in EACH_ALONE:
            item._nodeid = f"{item.nodeid.partition('::')[0]}::{item.name}"
        else:
            item.add_marker(pytest.mark.xdist_group(name))
    items.sort(key=lambda item: LAST.index(_file(item)) if _file(item) in LAST else -1)


def _file(item: pytest.Item) -> str:
    # The item's path is schemathesis' own where that made the test.
    return Path(item.nodeid.partition("::")[0]).stem


@pytest.fixture(scope="session")
def deployed() -> Iterator[Deployed]:
    """The stack and a channel with every scope."""
    named = os.environ.get("PERKBANK_ENV")
    if named:
        yield _deployed(Path(named))
    elif "AWS_ENDPOINT_URL" in os.environ:
        stack.run("infra.environment")
        yield _deployed(environment.ENV_FILE)
    elif "PYTEST_XDIST_WORKER" in os.environ:
        pytest.fail("workers share a stack: `python -m tests.e2e` starts one for them")
    else:
        with stack.own() as path:
            yield _deployed(path)


def _deployed(path: Path) -> Deployed:
    return Deployed(stack.read(path), path.resolve().parent)


@pytest.fixture(scope="session")
def people(deployed: Deployed) -> People:
    """The bank's staff: an administrator, and whoever a test needs."""
    return People(deployed)
