"""Start the deployed functions before anybody asks them, few at a time.

    python -m infra.warm

Thirty that start at once keep two processors busy for a minute, and whoever waits for the last of them meets
time-outs that say nothing about the code.
"""

import contextlib
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import urllib3

from infra import environment
from infra.contract import rooms
from infra.environment import Environment

AT_ONCE = 2


def warm(stage: Environment) -> int:
    """Ask every room something, and give every consumer an empty batch; how many were asked."""
    channel = stage.channel()
    headers = {"Authorization": f"Bearer {channel.token()}"}

    def ask(path: str) -> None:
        with contextlib.suppress(urllib3.exceptions.HTTPError):
            channel.once("GET", path, headers=headers)

    def consume(function: str) -> None:
        stage.aws("lambda").invoke(FunctionName=function, Payload=json.dumps({"Records": []}).encode())

    paths, consumers = list(_paths()), sorted(_consumers(stage))
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(ask, paths))
        list(threads.map(consume, consumers))
    return len(paths) + len(consumers)


def _paths() -> Iterator[str]:
    """Something to read of each room; its answer may well be that there is no such thing."""
    for api in rooms.apis().values():
        readable = (operation.path for operation in api.operations if operation.method == "GET")
        path = next(readable, None)
        if path is not None:
            yield path.replace("{", "").replace("}", "")


def _consumers(stage: Environment) -> set[str]:
    """The functions that streams and queues are given to, in the version that gets them."""
    pages = stage.aws("lambda").get_paginator("list_event_source_mappings").paginate()
    return {mapping["FunctionArn"] for page in pages for mapping in page["EventSourceMappings"]}


def main() -> int:
    """Warm the stage that env.json names."""
    stage, started = environment.ensure(), time.monotonic()
    print(f"{warm(stage)} functions are warm: {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
