"""A run that fans out is done once its parts are, each of which counts once."""

from collections import Counter
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bank import clock, jobs, store
from bank.jobs import JobPartRow, JobRunRow, PartDone, RunKey, Status
from tests.support.streams import Cloud
from tests.unit.bank.jobs.handlers import EVENT, PLANNED, REPEAT, job, runs

RUN = RunKey("orchard.picking", PLANNED)


def fanned_out(parts: int) -> JobRunRow:
    """The row of a run that has put so many parts on its queue."""
    job("picking", lambda: jobs.FannedOut(parts, timedelta(hours=1), {"trees": parts}))(EVENT)
    return runs("picking")[-1]


def done(part: str, *further: str, apples: int = 1) -> bool:
    """Do a part, which plans `further` ones; those of a run itself have no dot in their names."""
    return jobs.do_part(RUN, part, lambda: PartDone({"apples": apples}, further), further="." in part)


def test_a_run_that_fanned_out_is_under_way_until_all_parts_are_done(cloud: Cloud) -> None:
    row = fanned_out(3)
    assert (row.status, row.parts, row.outcome) == (Status.RUNNING, 3, {"trees": 3})
    for part in ("0", "1"):
        done(part)
    assert jobs.close(row).complete is False
    assert runs("picking")[0].status == Status.RUNNING

    done("2", apples=5)
    assert jobs.close(row) == jobs.Progress(3, 3, {"apples": 7})

    (row,) = runs("picking")
    assert (row.status, row.outcome) == (Status.DONE, {"trees": 3, "apples": 7})
    finished = row.finished_at
    jobs.close(row)
    assert runs("picking")[0].finished_at == finished


def test_a_run_without_parts_is_done_when_it_is_closed(cloud: Cloud) -> None:
    jobs.close(fanned_out(0))

    assert runs("picking")[0].status == Status.DONE


def test_marks_that_told_the_number_of_further_parts_are_still_read(cloud: Cloud) -> None:
    row = fanned_out(1)
    done("0")
    (mark,) = JobPartRow.scan()
    mark_of_before = {**mark.serialize(), "further": {"N": "2"}}
    del mark_of_before["further_parts"]
    store.client().put_item(TableName=JobPartRow.Meta.table_name, Item=mark_of_before)

    assert jobs.progress(row) == jobs.Progress(1, 1, {"apples": 1})


def test_a_part_delivered_twice_is_done_once(cloud: Cloud) -> None:
    assert [done("0", apples=2), done("0", apples=2)] == [True, False]

    assert jobs.progress(fanned_out(1)) == jobs.Progress(1, 1, {"apples": 2})


def test_a_part_that_two_do_at_once_counts_once_as_the_first_found_it(cloud: Cloud) -> None:
    def work() -> PartDone:
        done("0", apples=2)
        return PartDone({"apples": 0})

    assert jobs.do_part(RUN, "0", work) is False
    assert jobs.progress(fanned_out(1)).counts == {"apples": 2}


def test_a_part_that_fails_is_not_marked_and_is_done_when_it_comes_again(cloud: Cloud) -> None:
    def work() -> PartDone:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        jobs.do_part(RUN, "0", work)
    assert jobs.progress(fanned_out(1)).done == 0
    assert done("0")


def test_parts_may_plan_further_parts(cloud: Cloud) -> None:
    row = fanned_out(1)
    done("0", "0.1", "0.2")
    assert jobs.close(row).complete is False
    done("0.1")
    done("0.2")

    assert jobs.close(row) == jobs.Progress(3, 3, {"apples": 3})


def test_a_further_part_that_is_quicker_than_the_mark_of_the_one_that_planned_it_stands_for_none(
    cloud: Cloud,
) -> None:
    row = fanned_out(2)
    done("0")
    done("1.1", "1.1.1")
    done("1.1.1")
    assert jobs.close(row) == jobs.Progress(3, 2, {"apples": 3})

    done("1", "1.1")

    assert jobs.close(row) == jobs.Progress(4, 4, {"apples": 4})


def test_a_delivery_twice_plans_no_parts_again_and_a_repeat_finds_those_that_are_done(cloud: Cloud) -> None:
    sent: list[int] = []

    def work() -> jobs.FannedOut:
        sent.append(2)
        return jobs.FannedOut(2, timedelta(hours=1), {})

    picking = job("picking", work)
    picking(EVENT)
    picking(EVENT)
    assert sent == [2]
    done("0")

    picking(REPEAT)
    assert sent == [2, 2]
    assert done("0") is False
    assert done("1") is True
    for row in runs("picking"):
        jobs.close(row)
    assert [row.status for row in runs("picking")] == [Status.DONE, Status.DONE]


def test_parts_that_end_at_once_share_no_row_and_not_one_key(cloud: Cloud) -> None:
    for number in range(200):
        done(str(number))

    shards = Counter(row.run_shard for row in JobPartRow.scan())
    assert len(shards) == 16
    assert max(shards.values()) < 40


def test_whatever_is_delivered_in_whatever_order_counts_each_part_once(cloud: Cloud) -> None:
    @settings(max_examples=20, deadline=None)
    @given(deliveries=st.lists(st.integers(0, 6), min_size=1, max_size=20))
    def holds(deliveries: list[int]) -> None:
        run = RunKey("orchard.picking", clock.instant())
        row = JobRunRow(job=run.job, run=f"{run.planned}#0001", status=Status.RUNNING.value, parts=7)
        for part in deliveries:
            jobs.do_part(run, str(part), lambda part=part: PartDone({"apples": 10**part}))  # type: ignore[misc]

        once = set(deliveries)
        assert jobs.progress(row) == jobs.Progress(7, len(once), {"apples": sum(10**part for part in once)})

    holds()


def test_a_stage_has_ended_once_its_parts_and_all_that_they_planned_are_done(cloud: Cloud) -> None:
    stage = ["a/0", "a/1"]
    assert jobs.counts_of(RUN, stage) is None
    jobs.do_part(RUN, "a/0", lambda: jobs.PartDone({"n": 1}, ("a/0/rest",)))
    jobs.do_part(RUN, "a/1", lambda: jobs.PartDone({"n": 2}))
    jobs.do_part(RUN, "b/0", lambda: jobs.PartDone({"n": 50}))
    assert jobs.counts_of(RUN, stage) is None

    jobs.do_part(RUN, "a/0/rest", lambda: jobs.PartDone({"n": 4}), further=True)

    assert jobs.counts_of(RUN, stage) == {"n": 7}
