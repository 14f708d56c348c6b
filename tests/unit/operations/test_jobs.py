"""What staff see of jobs, what the watchdog says of them, and runs that are repeated."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from bank import clock, jobs, store
from bank.control.audit import AuditEntryRow
from bank.jobs import JobRunRow, PartDone, RunKey, Status
from operations import app
from operations.service import watching
from operations.tables import WatchedJobRow
from tests.support import http
from tests.unit.operations.given import Clock, Sent, dies, get, post, refused_to_others, run

PICKING, PRUNING = "orchard.picking", "orchard.pruning"
TONIGHT = datetime(2026, 11, 28, 18, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("cloud", "orchard")


def watch(capsys: pytest.CaptureFixture[str]) -> tuple[dict[str, int], dict[str, int]]:
    """What the watchdog answers, and the metric of each job."""
    capsys.readouterr()
    counts = app.on_watch({}, http.context())
    said = [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"JobLate"' in line]
    return counts, {each["job"]: int(each["JobLate"][0]) for each in said}


def test_each_job_is_shown_with_its_last_good_run_and_the_next(at: Clock) -> None:
    run(PRUNING, TONIGHT)
    run(PICKING, at.moment - timedelta(seconds=90))
    run(PICKING, at.moment - timedelta(seconds=30), lambda: 1 / 0)

    picking, pruning = get("/jobs")["items"]

    assert (picking["job"], picking["schedule"], picking["late"]) == (PICKING, "rate(1 minute)", False)
    assert picking["age_seconds"] == 90
    assert (picking["newest"]["status"], picking["newest"]["error"][:17]) == ("failed", "ZeroDivisionError")
    assert picking["next_planned"] == "2026-11-29T04:00:30Z"
    assert (pruning["last_good"], pruning["next_planned"]) == ("2026-11-28T18:00:00Z", "2026-11-29T18:00:00Z")
    assert pruning["time_zone"] == "Asia/Shanghai"


def test_runs_come_newest_first_in_pages(at: Clock) -> None:
    for minutes in range(5):
        run(PICKING, at.moment - timedelta(minutes=minutes), lambda minutes=minutes: {"apples": minutes})

    seen: list[Any] = []
    query: dict[str, str] = {"limit": "2"}
    while True:
        page = get(f"/jobs/{PICKING}/runs", query=query)
        seen += [each["outcome"]["apples"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert seen == [0, 1, 2, 3, 4]


def test_there_is_no_job_of_another_name(at: Clock) -> None:
    assert http.call(app.app, "GET", "/jobs/orchard.none/runs", principal=http.staff()).status == 404
    assert (
        post("/jobs/orchard.none/repeats", {"planned": "2026-11-28T18:00:00Z", "reason": "r"}).status == 404
    )


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/jobs", None),
        ("GET", f"/jobs/{PICKING}/runs", None),
        ("POST", f"/jobs/{PICKING}/repeats", {"planned": "2026-11-28T18:00:00Z", "reason": "r"}),
    ],
)
def test_jobs_are_the_head_office_s(method: str, path: str, body: Any, at: Clock) -> None:
    assert refused_to_others(method, path, body)


# The watchdog -------------------------------------------------------------------------------------------


def test_a_job_without_a_good_run_in_time_is_late_and_the_other_is_not(
    at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    run(PICKING, at.moment)
    run(PRUNING, TONIGHT)
    assert watch(capsys)[1] == {PICKING: 0, PRUNING: 0}

    at.on(minutes=20)
    run(PICKING, at.moment, lambda: 1 / 0)
    counts, late = watch(capsys)

    assert late == {PICKING: 1, PRUNING: 0}
    assert counts == {"jobs": 2, "late": 1, "dead": 0, "failed": 0}


def test_a_run_that_was_killed_is_named_and_is_no_good_one(
    at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a verification that runs out of time: nothing of it is silent."""
    run(PRUNING, TONIGHT - timedelta(days=1))
    dies(PRUNING, TONIGHT)
    run(PICKING, at.moment)

    counts, late = watch(capsys)

    assert (counts["dead"], late[PRUNING]) == (1, 1)
    assert get("/jobs")["items"][1]["dead_runs"] == 1
    assert get(f"/jobs/{PRUNING}/runs")["items"][0]["status"] == "dead"


def test_a_job_that_never_ran_is_late_once_it_has_missed_a_time(
    at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watch(capsys)[1] == {PICKING: 0, PRUNING: 0}
    at.on(hours=1)
    assert watch(capsys)[1] == {PICKING: 1, PRUNING: 0}
    at.on(hours=14)
    assert watch(capsys)[1] == {PICKING: 1, PRUNING: 1}


def test_the_last_good_run_is_remembered_when_many_failed_after_it(
    at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    good = at.moment
    run(PICKING, good)
    watch(capsys)
    for _ in range(watching.NEWEST + 1):
        at.on(minutes=1)
        run(PICKING, at.moment, lambda: 1 / 0)
    watch(capsys)

    assert get("/jobs")["items"][0]["last_good"] == good.isoformat().replace("+00:00", "Z")


def test_a_repeat_of_an_old_run_is_no_good_run_of_today(
    at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    run(PRUNING, TONIGHT)
    run(PRUNING, TONIGHT - timedelta(days=3))
    watch(capsys)

    row = store.get(WatchedJobRow, PRUNING)
    assert row is not None
    assert row.good == clock.instant(TONIGHT)


def test_a_run_is_closed_once_its_parts_are_done_and_is_not_late_before(
    at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    at.moment = TONIGHT
    run(PRUNING, TONIGHT - timedelta(days=1))
    run(PRUNING, TONIGHT, lambda: jobs.FannedOut(2, timedelta(hours=4), {"trees": 2}))
    key = RunKey(PRUNING, clock.instant(TONIGHT))
    jobs.do_part(key, "0", lambda: PartDone({"branches": 3}))
    at.on(hours=3)
    run(PICKING, at.moment)
    assert watch(capsys)[1] == {PICKING: 0, PRUNING: 0}
    newest = get(f"/jobs/{PRUNING}/runs")["items"][0]
    assert (newest["status"], newest["parts"], newest["parts_done"]) == ("running", 2, 1)

    jobs.do_part(key, "1", lambda: PartDone({"branches": 4}))
    watch(capsys)
    newest = get(f"/jobs/{PRUNING}/runs")["items"][0]
    assert (newest["status"], newest["outcome"]) == ("done", {"trees": 2, "branches": 7})


def test_parts_that_are_not_done_in_time_are_late(at: Clock, capsys: pytest.CaptureFixture[str]) -> None:
    at.moment = TONIGHT
    run(PRUNING, TONIGHT, lambda: jobs.FannedOut(2, timedelta(hours=4), {}))
    store.put_new(WatchedJobRow(job=PRUNING, since=clock.instant(TONIGHT - timedelta(days=9))))
    at.on(hours=5)

    assert watch(capsys)[1][PRUNING] == 1


def test_a_job_that_cannot_be_looked_at_stops_no_other_and_fails_the_watch(
    at: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    look = watching.state_of

    def broken(job: Any, *rest: Any) -> Any:
        if job.name == PICKING:
            raise ValueError
        return look(job, *rest)

    monkeypatch.setattr(watching, "state_of", broken)
    with pytest.raises(app.JobsNotLookedAt):
        watch(capsys)

    said = [line for line in capsys.readouterr().out.splitlines() if '"JobLate"' in line]
    assert [json.loads(line)["job"] for line in said] == [PRUNING]
    (own,) = store.query(JobRunRow, "operations.watch")
    assert own.status == Status.FAILED


def test_the_watchdog_says_that_it_looked_and_which_years_nobody_knows(
    at: Clock, capsys: pytest.CaptureFixture[str]
) -> None:
    app.on_watch({}, http.context())
    assert '"WatchdogLooks":[1.0]' in capsys.readouterr().out

    assert watching.unpublished(date(2026, 11, 29)) == []
    assert watching.unpublished(date(2026, 12, 1)) == [2027]
    assert watching.unpublished(date(2027, 12, 1)) == [2027, 2028]


# Repeats ------------------------------------------------------------------------------------------------


def repeat(job: str, planned: datetime, key: str | None = None) -> http.Reply:
    body = {"planned": planned.isoformat(), "reason": "the rates were wrong"}
    return post(f"/jobs/{job}/repeats", body, key=key)


def test_a_run_is_repeated_for_its_own_instant_and_the_trail_says_by_whom(at: Clock, sent: Sent) -> None:
    run(PRUNING, TONIGHT)
    reply = repeat(PRUNING, TONIGHT)

    assert reply.status == 202
    [(function, event)] = sent.started
    assert (function, event["time"]) == ("orchard-on-pruning", clock.instant(TONIGHT))
    asked = {"repeat_id": reply.json["repeat_id"], "by": "stf_test", "reason": "the rates were wrong"}
    assert event["repeat"] == asked
    (entry,) = AuditEntryRow.scan()
    assert (entry.action, entry.actor) == ("operations.run_repeated", "stf_test")
    assert entry.subject_id == f"{PRUNING}#{clock.instant(TONIGHT)}"


def test_the_same_request_again_asks_for_the_same_repeat(at: Clock, sent: Sent) -> None:
    run(PRUNING, TONIGHT)
    repeat(PRUNING, TONIGHT, key="k")
    repeat(PRUNING, TONIGHT, key="k")

    assert len({event["repeat"]["repeat_id"] for _, event in sent.started}) == 1


def test_a_run_that_is_under_way_is_not_repeated_and_one_that_died_is(at: Clock, sent: Sent) -> None:
    dies(PICKING, at.moment)
    reply = repeat(PICKING, at.moment)
    assert (reply.status, reply.json["code"]) == (409, "run_under_way")

    at.on(minutes=2)
    assert repeat(PICKING, at.moment - timedelta(minutes=2)).status == 202


def test_a_missed_time_of_the_schedule_can_be_made_up_for_and_no_other(at: Clock, sent: Sent) -> None:
    assert repeat(PRUNING, TONIGHT).status == 202
    assert repeat(PRUNING, TONIGHT + timedelta(hours=1)).status == 404
    assert repeat(PRUNING, TONIGHT + timedelta(days=1)).status == 404
    assert repeat(PICKING, at.moment).status == 404
    assert len(sent.started) == 1
