"""Faults, one after the other: processes killed, functions throttled, streams and queues delayed."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from infra.environment import PATIENT
from tests.e2e.deployed import Deployed

APIS = ("payments-api", "accounts-api", "transfers-api")
CONSUMERS = (
    "accounts-on-journals",
    "accounts-on-balances",
    "payments-on-stream",
    "transfers-on-batch-lines",
    "audit-on-journals",
)
ALIAS = "live"
KILLED_API, KILLED_CONSUMER = "processes of APIs killed", "processes of consumers killed"
THROTTLED_API, THROTTLED_CONSUMER = "APIs throttled", "consumers throttled"
DELAYED = "streams and queues delayed"
# So long a fault lasts, and so long is until the next. On `local`, streams give up after a minute.
THROTTLED_SECONDS, DELAYED_SECONDS, PAUSE_SECONDS = 5.0, 20.0, 10.0


class Faults:
    """Goes round kinds and functions until it is stopped; leaves nothing throttled or delayed.

    `done` counts the faults that happened, by kind, with 0 for those that never did.
    """

    def __init__(self, deployed: Deployed) -> None:
        kinds = (KILLED_API, KILLED_CONSUMER, THROTTLED_API, THROTTLED_CONSUMER, DELAYED)
        self.done: Counter[str] = Counter(dict.fromkeys(kinds, 0))
        self._deployed = deployed
        self._lambda = deployed.env.aws("lambda", config=PATIENT)
        self._stopped = threading.Event()
        self._thread = ThreadPoolExecutor(1)

    def __enter__(self) -> "Faults":
        self._ended = self._thread.submit(self._go_on)
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        # Raises what ended it early: a soak without its faults shows nothing.
        self._ended.result()

    def _go_on(self) -> None:
        for kind, happen, function in _round():
            if self._stopped.wait(PAUSE_SECONDS):
                return
            self.done[kind] += happen(self, function)

    def kill(self, function: str) -> int:
        """Kill a function's processes; how many there were."""
        return self._deployed.kill(function)

    def throttle(self, function: str) -> int:
        """Leave a function without concurrency for a while; 1 where it was refused then."""
        name = self._deployed.env.functions[function]
        with throttled(self._lambda, name):
            refused = _is_refused(self._lambda, name)
            self._stopped.wait(THROTTLED_SECONDS)
        return int(refused)

    def delay(self, function: str) -> int:
        """Keep a function's streams and queues from it for a while; 1."""
        with delayed(self._lambda, self._deployed.env.functions[function]):
            self._stopped.wait(DELAYED_SECONDS)
        return 1


def _round() -> Iterator[tuple[str, Callable[[Faults, str], int], str]]:
    """Kinds of faults and the functions that they meet, for ever: each kind goes through its own."""
    kinds = (
        (KILLED_API, Faults.kill, itertools.cycle(APIS)),
        (THROTTLED_API, Faults.throttle, itertools.cycle(APIS)),
        (KILLED_CONSUMER, Faults.kill, itertools.cycle(CONSUMERS)),
        (DELAYED, Faults.delay, itertools.cycle(CONSUMERS)),
        (THROTTLED_CONSUMER, Faults.throttle, itertools.cycle(CONSUMERS)),
    )
    for kind, happen, functions in itertools.cycle(kinds):
        yield kind, happen, next(functions)


@contextmanager
def throttled(client: Any, function: str) -> Iterator[None]:
    """No process for a function: reserved concurrency 0, as an operator stops one.

    MiniStack looks at it where $LATEST is invoked alone, so that the alias names that meanwhile.
    """
    before = client.get_function_concurrency(FunctionName=function).get("ReservedConcurrentExecutions")
    alias = {"FunctionName": function, "Name": ALIAS}
    version = client.get_alias(**alias)["FunctionVersion"]
    client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    client.update_alias(**alias, FunctionVersion="$LATEST")
    try:
        yield
    finally:
        client.update_alias(**alias, FunctionVersion=version)
        if before is None:
            client.delete_function_concurrency(FunctionName=function)
        else:
            client.put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=before)


def _is_refused(client: Any, function: str) -> bool:
    """Return whether an invocation is refused for want of concurrency."""
    try:
        client.invoke(FunctionName=function, Qualifier=ALIAS, Payload=b"{}")
    except client.exceptions.TooManyRequestsException:
        return True
    return False


@contextmanager
def delayed(client: Any, function: str) -> Iterator[None]:
    """Nothing of its stream or queue for a function."""
    pages = client.get_paginator("list_event_source_mappings").paginate()
    mappings = [
        each["UUID"]
        for page in pages
        for each in page["EventSourceMappings"]
        if f"{each['FunctionArn']}:".find(f":{function}:") > 0
    ]
    assert mappings, f"{function} takes from no stream or queue"
    for mapping in mappings:
        client.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        yield
    finally:
        for mapping in mappings:
            client.update_event_source_mapping(UUID=mapping, Enabled=True)
