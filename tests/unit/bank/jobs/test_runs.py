"""Each run of a scheduled handler leaves its record, and a delivery twice is one run."""

from datetime import UTC, datetime, timedelta

import pytest

from bank import clock, jobs
from bank.jobs import RunKey, Status
from tests.support.http import context
from tests.support.streams import Cloud
from tests.unit.bank.jobs.handlers import EVENT, PLANNED, REPEAT, job, runs

NOW = datetime(2026, 11, 29, 18, 0, 5, tzinfo=UTC)


def test_a_run_says_when_it_was_planned_began_and_ended_and_what_it_did(cloud: Cloud) -> None:
    with clock.source(lambda: NOW):
        assert job("picking", lambda: {"apples": 3, "worms": ["a", "b"], "by_tree": {}})(EVENT) is not None

    (row,) = runs("picking")
    assert (row.planned, row.attempt, row.status, row.by) == (PLANNED, 1, Status.DONE, "schedule")
    assert row.started_at == row.finished_at == clock.instant(NOW)
    left = timedelta(milliseconds=context().get_remaining_time_in_millis())
    assert row.ends_by == clock.instant(NOW + left)
    assert row.outcome == {"apples": 3, "worms": 2, "by_tree": 0}
    assert row.purge_at == int((NOW + timedelta(days=8)).timestamp())


def test_a_job_is_named_by_its_room_and_handler(cloud: Cloud) -> None:
    job("late_picking", dict)(EVENT)

    assert len(runs("late-picking")) == 1


def test_a_schedule_s_time_is_aws_s_and_a_repeat_names_the_bank_s(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a stage whose clock was moved ahead."""
    monkeypatch.setattr(clock, "_ahead", lambda: timedelta(days=1))
    picking = job("picking", dict)
    picking(EVENT)
    ahead = clock.instant(clock.parse(PLANNED) + timedelta(days=1))
    picking(REPEAT | {"time": ahead})

    assert [(row.planned, row.attempt) for row in runs("picking")] == [(ahead, 1), (ahead, 2)]


def test_a_second_delivery_of_a_run_that_is_done_does_nothing_and_answers_the_same(cloud: Cloud) -> None:
    done: list[int] = []
    picking = job("picking", lambda: {"apples": done.append(1) or len(done)})

    assert picking(EVENT) == picking(EVENT) == {"apples": 1}
    assert len(runs("picking")) == 1


def test_a_failure_is_kept_without_what_its_text_may_say_of_people_and_attempted_again(cloud: Cloud) -> None:
    answers = iter([ValueError("Li Lei, 13800138000"), {"apples": 1}])

    def work() -> dict[str, int]:
        answer = next(answers)
        if isinstance(answer, Exception):
            raise answer
        return answer

    picking = job("picking", work)
    with pytest.raises(ValueError, match="Li Lei"):
        picking(EVENT)
    assert picking(EVENT) == {"apples": 1}

    failed, done = runs("picking")
    assert (failed.status, failed.attempt, failed.outcome) == (Status.FAILED, 1, None)
    assert failed.error.startswith("ValueError, request ")
    assert "Li Lei" not in failed.error
    assert (done.status, done.attempt, done.planned) == (Status.DONE, 2, failed.planned)


def test_out_of_time_is_unfinished_and_never_done_and_fails_nothing(cloud: Cloud) -> None:
    def work() -> None:
        raise jobs.Unfinished({"apples": 2})

    assert job("picking", work)(EVENT) == {"apples": 2}

    (row,) = runs("picking")
    assert (row.status, row.outcome) == (Status.UNFINISHED, {"apples": 2})


def test_a_run_that_died_stays_running_and_its_next_attempt_is_beside_it(cloud: Cloud) -> None:
    class Killed(BaseException):
        """As Lambda ends a process: nothing more is written."""

    def work() -> None:
        raise Killed

    with pytest.raises(Killed):
        job("picking", work)(EVENT)
    (dead,) = runs("picking")
    assert dead.runs_at(clock.now())
    assert not dead.runs_at(clock.now() + timedelta(seconds=901))

    job("picking", dict)(EVENT)
    assert [row.status for row in runs("picking")] == [Status.RUNNING, Status.DONE]


def test_two_at_once_are_two_attempts_that_both_are_seen(cloud: Cloud) -> None:
    def work() -> dict[str, int]:
        if len(runs("picking")) == 1:
            job("picking", dict)(EVENT)
        return {"apples": 1}

    job("picking", work)(EVENT)

    first, second = runs("picking")
    assert first.started_at <= second.started_at <= second.finished_at <= first.finished_at


def test_two_that_begin_at_the_same_moment_get_an_attempt_each(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second has looked for attempts before the first one's row was there."""
    from bank.jobs import runs as module

    look, looks = module.attempts, []

    def late(job: str, planned: str, *, limit: int | None = None) -> list[jobs.JobRunRow]:
        looks.append(planned)
        return [] if len(looks) == 2 else look(job, planned, limit=limit)

    monkeypatch.setattr(module, "attempts", late)
    job("picking", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        job("picking", lambda: 1 / 0)(EVENT)
    with pytest.raises(ZeroDivisionError):
        job("picking", lambda: 1 / 0)(EVENT)

    assert [row.attempt for row in runs("picking")] == [1, 2]


def test_staff_have_a_done_run_repeated_once_however_often_it_is_delivered(cloud: Cloud) -> None:
    done: list[int] = []
    picking = job("picking", lambda: {"apples": done.append(1) or len(done)})
    picking(EVENT)

    assert picking(REPEAT) == picking(REPEAT) == {"apples": 2}
    # Nor does the plan, delivered late, do again what was repeated.
    assert picking(EVENT) == {"apples": 2}

    planned, repeated = runs("picking")
    assert planned.repeat_id is None
    assert (repeated.by, repeated.repeat_id, repeated.reason) == ("stf_1", "rpt_1", "the rates were wrong")
    assert repeated.planned == planned.planned == PLANNED


def test_a_handler_knows_its_run_and_the_business_date_that_it_was_planned_on(cloud: Cloud) -> None:
    seen: list[RunKey] = []
    job("picking", lambda: seen.append(jobs.current()))(EVENT)

    # 02:00 in Shanghai.
    assert (str(seen[0]), seen[0].day.isoformat()) == (f"orchard.picking#{PLANNED}", "2026-11-30")
    assert RunKey.of(str(seen[0])) == seen[0]
    with pytest.raises(AssertionError):
        jobs.current()


def test_a_call_without_a_plan_is_planned_for_now_and_is_no_other_call(cloud: Cloud) -> None:
    with clock.source(lambda: NOW):
        job("picking", dict)({})
        job("picking", dict)({})

    assert [(row.planned, row.attempt, row.by) for row in runs("picking")] == [
        (clock.instant(NOW), 1, "hand"),
        (clock.instant(NOW), 2, "hand"),
    ]


def test_an_ordinary_run_costs_one_query_and_two_writes(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    from bank import store

    client, called = store.client(), []
    monkeypatch.setattr(
        client,
        "_make_api_call",
        lambda name, kwargs, call=client._make_api_call: (called.append(name), call(name, kwargs))[1],
    )
    job("picking", dict)(EVENT)

    assert called == ["Query", "PutItem", "UpdateItem"]
