"""Record a release: `python -m tests.compatibility.record 0.2.0` makes tests/compatibility/0.2.0.

The rooms' own unit tests are the business: each call of a function in them is watched, with the items that it
read, wrote and sent. A few are kept, so that each kind of call and of item is there; each must give the same
again when it is replayed, else another is taken.
"""

import argparse
import functools
import importlib
import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest import mock

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "functions"), str(ROOT / "layers" / "bank" / "python")]

os.environ.setdefault("LOG_LEVEL", "CRITICAL")

import pytest  # noqa: E402

import tests.conftest  # noqa: E402, F401  (the environment that the kernel reads at import)
from bank.http import Api  # noqa: E402
from infra.contract import rooms  # noqa: E402
from tests.compatibility import events, functions, http_contract, items, material, release, replay, tables  # noqa: E402
from tests.compatibility.exchanges import Exchange  # noqa: E402
from tests.compatibility.selection import Pool, unshown  # noqa: E402
from tests.compatibility.watch import Watch  # noqa: E402
from tests.support import embedded  # noqa: E402
from tests.support.http import ALL_SCOPES  # noqa: E402

# Hypothesis is imported already, with the environment.
QUIETLY = ["-q", "-p", "no:cacheprovider", "--no-header", "--tb=line"]
QUIETLY += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]


class Recorder:
    """Offers every call of a function to a pool, from `run` on until the process ends."""

    def __init__(self) -> None:
        self.pool, self._watch = Pool(), Watch()

    def run(self, arguments: list[str]) -> None:
        """Run the rooms' tests. What fails in them is theirs to say, elsewhere."""
        for name, function in functions.by_name().items():
            module = importlib.import_module(function.module)
            if not function.is_http:
                setattr(module, function.handler, self._watched(name, getattr(module, function.handler)))
        with mock.patch.object(Api, "__call__", self._watched_apis()), self._watch.installed():
            pytest.main([*QUIETLY, *arguments], plugins=[self])

    def pytest_runtest_setup(self) -> None:
        """Begin each test as a process that has just started: rooms' tests share this one."""
        embedded._forget_clients()

    def _watched_apis(self) -> Callable[[Api, Any, Any], Any]:
        names = {function.room: name for name, function in functions.by_name().items() if function.is_http}
        call = Api.__call__

        def called(api: Api, event: Any, context: Any) -> Any:
            return self._watched(names[api.room], functools.partial(call, api))(event, context)

        return called

    def _watched(self, name: str, handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def watched(event: Any, context: Any) -> Any:
            if self._watch.busy:
                return handler(event, context)
            exchange = self._watch.call(name, handler, event, context)
            if exchange.status < 400 or exchange.repeatable:
                self.pool.offer(exchange)
            return exchange.answer

        return watched


def main() -> int:
    """Record the release that the argument names; 1 where some kind of item was not seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.compatibility.record", description=__doc__)
    parser.add_argument("version")
    parser.add_argument("tests", nargs="*", help="instead of all rooms' unit tests")
    given = parser.parse_args()
    recorder, keys = Recorder(), material.fresh()
    with material.used(keys):
        recorder.run(given.tests or _room_tests())
    made = release.Release(given.version, _about(given.version, recorder.pool.kept), keys, recorder.pool.kept)
    promise(made)
    good = _replayable(made)
    made.exchanges = recorder.pool.chosen(good)
    made.about["unshown"] = unshown(made)
    release.write(made)
    print(f"{recorder.pool.offered} calls; {len(good)} show something new and can be replayed;")
    print(f"{len(made.exchanges)} are kept, with {len(made.items)} items")
    for kind in made.about["unshown"]:
        print(f"no call shows: {kind}")
    return 1 if made.about["unshown"] else 0


def _room_tests() -> list[str]:
    return [str(ROOT / "tests" / "unit" / room) for room in rooms.names()]


def _about(version: str, exchanges: list[Exchange]) -> dict[str, Any]:
    today = datetime.now(UTC).date().isoformat()
    return {"version": version, "recorded": today, "scopes": ALL_SCOPES, **_furniture(exchanges)}


def promise(made: release.Release) -> None:
    """Add what follows from the code alone."""
    made.models, made.tables = items.described(), tables.described()
    made.events, made.http = events.described(), http_contract.described()


def _furniture(exchanges: list[Exchange]) -> dict[str, list[str]]:
    channels = {channel for exchange in exchanges for channel, _ in exchange.sent}
    buckets = {each["bucket"] for exchange in exchanges for each in exchange.objects}
    named = {kind: {c.partition(":")[2] for c in channels if c.startswith(kind)} for kind in ("s3:", "sqs:")}
    return {"buckets": sorted(buckets | named["s3:"]), "queues": sorted(named["sqs:"])}


def _replayable(made: release.Release) -> list[Exchange]:
    """Those that today's code, which made them, takes in the same way when they are replayed."""
    models = items.models()
    good = []
    with replay.bank(made) as bank:
        for exchange in made.exchanges:
            stored = [*exchange.before, *exchange.written]
            unread = [each for table, item in stored for each in items.unread(table, item, models)]
            wrong = unread or replay.findings(bank, exchange)
            if wrong:
                print(f"  left out: {exchange.name} {exchange.status}: {wrong[0][:160]}")
            else:
                good.append(exchange)
    return good


if __name__ == "__main__":
    sys.exit(main())
