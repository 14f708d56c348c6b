"""AWS on moto, in this process and its memory, with what every room stands on."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from moto import mock_aws

from tests.support import keys, streams, tables


@contextmanager
def cloud() -> Iterator[streams.Cloud]:
    """Every table, empty; the keys; the bus; and the streams' consumers, which run on `settle()`.

    Tables and keys are copies of what was made once in this process: making them anew for each test took
    longer than the tests. Clients of the code under test live on: moto answers those of an earlier test too.
    """
    with pytest.MonkeyPatch.context() as environment, mock_aws():
        environment.delenv("AWS_ENDPOINT_URL", raising=False)
        tables.give_moto()
        keys.give_moto()
        yield streams.Cloud()
