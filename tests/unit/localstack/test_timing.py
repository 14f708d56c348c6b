"""When a schedule is fired next, as the LocalStack plugin reads its expression."""

from datetime import UTC, datetime

import pytest

from infra.localstack.plugin.perkbank_localstack.timing import seconds_to_next

NOW = datetime(2026, 11, 28, 17, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "seconds"),
    [
        ("rate(1 minute)", 60),
        ("rate(5 minutes)", 300),
        ("rate(2 hours)", 7_200),
        ("rate(1 day)", 86_400),
        ("at(2026-12-01T00:00:00)", None),
        ("rate(1 fortnight)", None),
    ],
)
def test_a_rate_is_the_time_between_two_firings(expression: str, seconds: float | None) -> None:
    assert seconds_to_next(expression, "UTC", NOW) == seconds
