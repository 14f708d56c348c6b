"""How long calls of AWS wait: shortly, and longer where a stage says so."""

from dataclasses import replace

import pytest

from bank import aws
from bank.config import config


@pytest.mark.parametrize(("patience", "waits"), [(1, (1, 3)), (30, (30, 90))])
def test_time_outs_are_short_unless_the_stage_asks_for_patience(
    patience: int, waits: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws, "config", replace(config, aws_patience=patience))

    made = aws.client_config(read_timeout=3)

    assert (made.connect_timeout, made.read_timeout) == waits
