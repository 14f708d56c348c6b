"""Clients of AWS, all configured alike: short time-outs, few retries, nothing validated twice."""

import contextlib
import functools
import gzip
import os
from typing import Any

import botocore.session
from botocore.config import Config as BotoConfig
from botocore.loaders import JSONFileLoader, Loader
from pydantic_core import from_json

from bank.config import config

CONNECT_SECONDS = 1
# What fails nearly always succeeds at the second; whoever waits for a fourth has given up.
TRIES = 3


def client(service: str, *, read_timeout: int, **options: Any) -> Any:
    """A client of `service` that waits `read_timeout` seconds for an answer: callers wait no longer.

    `options` go to botocore's Config. Cache it where it is made: the first of a process takes a cold start
    50 ms, each later one 10 ms.
    """
    return session().create_client(
        service, region_name=config.region, config=client_config(read_timeout=read_timeout, **options)
    )


def s3(*, read_timeout: int, **options: Any) -> Any:
    """A client of S3: objects are longer than rows, so callers say how long they wait."""
    return client(
        "s3",
        read_timeout=read_timeout,
        request_checksum_calculation="when_required",
        # The bucket stands in the path, since a local endpoint has no host name for each bucket.
        s3={"addressing_style": "path"},
        **options,
    )


def client_config(*, read_timeout: int, **options: Any) -> BotoConfig:
    """The same as botocore's Config, for libraries that make their clients themselves.

    A call that is never answered ends after `TRIES` times both, and the pauses between, of 1 and 2 s at most:
    sooner than the function that makes it (tests/contract/test_time_outs.py).
    AWS_PATIENCE multiplies the time-outs on a stage whose AWS shares two processors with all that calls it.
    """
    return BotoConfig(
        parameter_validation=False,
        connect_timeout=CONNECT_SECONDS * config.aws_patience,
        read_timeout=read_timeout * config.aws_patience,
        retries={"mode": "standard", "total_max_attempts": TRIES},
        # botocore composes its own anew for each call, letter by letter: a tenth of the time of a call.
        user_agent=f"perkbank/{config.service}",
        **options,
    )


@functools.cache
def session() -> Any:
    """The process's one session: what it has read for one client, the next need not read."""
    return new_session()


def new_session() -> Any:
    """A session for a library that sets it up in its own way."""
    made = botocore.session.Session()
    made.register_component("data_loader", _loader())
    return made


@functools.cache
def _loader() -> Loader:
    return _ServiceModels(file_loader=_ModelFiles())


class _ServiceModels(Loader):
    """Botocore's descriptions of services. Its own loader searches 400 folders to know that one exists."""

    def list_available_services(self, type_name: str) -> list[str]:
        """The services' folders: that one has no file of this type shows when it is read."""
        return [name for path in self.search_paths if os.path.isdir(path) for name in os.listdir(path)]


class _ModelFiles(JSONFileLoader):
    """Botocore's files in plain dicts. Its own reader makes OrderedDicts, which takes three times as long."""

    def load_file(self, file_path: str) -> Any:
        """The content of the file of this name without its ending; None where there is none."""
        for ending, opened in ((".json", open), (".json.gz", gzip.open)):
            with contextlib.suppress(FileNotFoundError), opened(file_path + ending, "rb") as file:
                return from_json(file.read())
        return None
