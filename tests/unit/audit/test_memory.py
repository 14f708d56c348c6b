"""What a verification holds does not grow with what it verifies; and one that ran out of time goes on."""

from collections.abc import Callable
from typing import Any

import pytest

from audit import app, domain
from audit.service import anchoring, verifying
from audit.service.verifying import rows, spill
from audit.service.verifying.spill import Spill
from bank import clock
from tests.support.http import context
from tests.support.streams import Cloud
from tests.unit.audit.given import NOON, acted, chained_acts, decision, differences, entry, in_lane

BATCH = 5


class Counted(dict[str, Any]):
    """An entry as it is unpacked from a block, which knows how many there are."""

    alive = peak = 0

    def __init__(self, *content: Any) -> None:
        super().__init__(*content)
        Counted.alive += 1
        Counted.peak = max(Counted.peak, Counted.alive)

    def __del__(self) -> None:
        Counted.alive -= 1


def test_ten_times_as_many_entries_take_no_more_memory(trail: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts with their rows, and decisions, in two lanes: the most entries that are in memory at any time."""
    unpack = domain.unpack
    monkeypatch.setattr(domain, "unpack", lambda packed: [Counted(each) for each in unpack(packed)])
    monkeypatch.setattr(spill, "GROUP", 20)
    groups, peaks = [], []
    of_group = rows._of_group
    monkeypatch.setattr(
        rows, "_of_group", lambda group, run: (groups.append(len(group)), of_group(group, run))[1]
    )
    for count in (2, 20):
        for number in range(count):
            act = entry(acted(f"acc_{number}"))
            decisions = (decision(1_000 * count + number * BATCH + each) for each in range(BATCH))
            in_lane(number % 2 * 7, act, *decisions)
        Counted.peak = 0
        report = verifying.verify(authority=False)
        assert (report["difference_count"], report["entries"] >= count * (BATCH + 1)) == (0, True)
        assert Counted.alive == 0
        peaks.append(Counted.peak)

    few, many = peaks
    # A block is unpacked as often as it is looked at, one after the other.
    assert many == few
    assert max(groups) <= 20


@pytest.mark.parametrize("group", [7, 1_000])
def test_records_come_back_whole_in_groups_that_memory_holds(
    monkeypatch: pytest.MonkeyPatch, group: int
) -> None:
    """Equal keys together, however many there are; and few keys among many records."""
    monkeypatch.setattr(spill, "GROUP", group)
    given = [(domain.id_digest(str(number % 300)), f"v{number}".encode()) for number in range(1_200)]
    with Spill() as records:
        for key, value in given:
            records.add(key, value)
        groups = list(records.groups())

    assert sorted(each for one in groups for each in one) == sorted(given)
    places = [{key for key, _ in one} for one in groups]
    assert sum(map(len, places)) == len(set().union(*places))
    assert max(map(len, groups)) <= max(group, 4)


def patience(count: int) -> Callable[[], bool]:
    left = iter(range(count))
    return lambda: next(left, None) is None


@pytest.mark.parametrize("count", [16, 31])
def test_a_pass_that_runs_out_of_time_goes_on_where_it_stopped(trail: Cloud, count: int) -> None:
    """And counts nothing twice, nor names anything twice."""
    for lane in (0, 3):
        for number in range(6):
            in_lane(lane, decision(number + lane * 10))
    chained_acts(2)
    anchoring.anchor()
    late = acted("acc_late")
    moments = iter(NOON.replace(minute=30, second=second) for second in range(60))

    with clock.source(lambda: next(moments)):
        whole = verifying.verify()
    runs = 0
    while True:
        with clock.source(lambda: NOON.replace(minute=40, second=runs)):  # noqa: B023
            report = verifying.go_on(enough=patience(count))
        runs += 1
        if not report["next"]:
            break

    assert runs > 1
    for name in ("blocks", "entries", "anchors", "repeats", "difference_count", "differences"):
        assert report[name] == whole[name], name
    assert [each["id"] for each in report["differences"]] == [late]


def test_the_nightly_job_is_unfinished_until_all_is_verified_and_done_once_a_night(trail: Cloud) -> None:
    chained_acts(3)
    anchoring.anchor()
    event = {"source": "aws.scheduler", "time": clock.instant()}
    hurried = context()
    hurried.get_remaining_time_in_millis = lambda: 100_000

    assert app.on_audit_verification(event, hurried)["blocks"] == 0
    assert (verifying.last_report() or {})["next"] is not None
    with clock.source(lambda: NOON.replace(minute=15)):
        done = app.on_audit_verification({**event, "time": clock.instant()}, context())
    with clock.source(lambda: NOON.replace(minute=30)):
        again = app.on_audit_verification({**event, "time": clock.instant()}, context())

    assert (done["blocks"], done["next"], again) == (3, None, {"complete": True})
    assert differences() == []
