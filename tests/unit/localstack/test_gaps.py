"""What LocalStack cannot do is named by tests that are there."""

from pathlib import Path

import pytest

from infra import local
from infra.localstack.gaps import ENDLESS, GAPS


@pytest.mark.parametrize(
    "test_id", [test_id for tests in (*GAPS.values(), *ENDLESS.values()) for test_id in tests]
)
def test_a_gap_names_a_test(test_id: str) -> None:
    path, _, name = test_id.partition("[")[0].partition("::")

    assert f"def {name}(" in Path(local.ROOT, path).read_text()
