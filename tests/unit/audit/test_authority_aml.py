"""What aml is set to, and whom it screens against, is what the acts say."""

from typing import Any

import pytest

from aml.service import patterns
from aml.tables import LIVE, PARAMETERS, LiveRow, ParametersRow
from bank import clock, store
from tests.support.streams import Cloud
from tests.unit.audit.given import CLERK, acted
from tests.unit.audit.test_authority import at, named, put

SET = ({"structuring_count": 4}, {"structuring_count": 5, "fan_hours": 20})


def bounds(values: dict[str, int]) -> None:
    patterns.set_parameters(values=values, reason="a lower threshold", actor=CLERK)


@pytest.fixture
def parameters(trail: Cloud) -> ParametersRow:
    """Bounds that were set twice."""
    at(0, lambda: bounds(SET[0]))
    at(1, lambda: bounds(SET[1]))
    row = store.get(ParametersRow, PARAMETERS)
    assert row is not None
    return row


def test_bounds_that_acts_have_set_are_as_they_say(parameters: ParametersRow) -> None:
    assert named() == []


@pytest.mark.parametrize(
    "values", [{"structuring_count": 5, "fan_hours": 21}, {**SET[1], "large_cash": 10**12}]
)
def test_bounds_that_were_altered_are_named(parameters: ParametersRow, values: dict[str, int]) -> None:
    put(parameters, values=values)

    assert named() == [("aml.parameters", "altered: values")]


def test_bounds_that_were_altered_before_an_act_are_named(parameters: ParametersRow) -> None:
    put(parameters, values={**SET[1], "structuring_count": 10**6})
    at(2, lambda: bounds({"structuring_count": 4}))

    assert named() == [("aml.parameters", "altered: as the acts found it")]


def test_bounds_that_were_put_in_or_taken_away_are_named(trail: Cloud) -> None:
    row = ParametersRow(record_id=PARAMETERS, values={"large_cash": 10**12}, created_at=clock.instant())
    put(row)
    assert named() == [("aml.parameters", "put in: no act made it")]

    row.delete()
    assert named() == []
    bounds({"large_cash": 10**6})
    row.delete()
    assert named() == [("aml.parameters", "altered: values")]


def live(list_id: str) -> None:
    put(LiveRow(record_id=LIVE, lists={"sdn": list_id}, created_at=clock.instant()))


@pytest.mark.parametrize(("list_id", "names"), [("lst_1", []), ("lst_2", ["aml.lists.sdn"])])
def test_a_list_that_no_act_published_is_named(trail: Cloud, list_id: str, names: list[str]) -> None:
    published: dict[str, Any] = {"action": "aml.list_published", "before": {"live": None}}
    acted("lst_1", **published, after={"live": "lst_1", "entries": 1, "names": 1})
    acted("lst_2", action="aml.list_announced", after={"name": "sdn"})
    live(list_id)

    assert [name for name, _ in named()] == names
