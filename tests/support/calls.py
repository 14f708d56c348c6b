"""Calls of AWS, counted as a process that has just begun makes them."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from botocore.client import BaseClient

from bank import vault


def of_kms(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> Counter[str]:
    """The calls of KMS that `act` makes in a process that has no data key yet."""
    made: Counter[str] = Counter()
    original = BaseClient._make_api_call

    def counted(client: Any, operation: str, given: Any) -> Any:
        if client.meta.service_model.service_name == "kms":
            made[operation] += 1
        return original(client, operation, given)

    vault._decoy.cache_clear()
    vault._envelope.cache_clear()
    with monkeypatch.context() as patched:
        patched.setattr(BaseClient, "_make_api_call", counted)
        act()
    return made
