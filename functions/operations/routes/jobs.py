"""Jobs, their runs, and runs that are repeated."""

from bank import jobs as kernel
from bank.access import acts
from bank.control import audit
from bank.http import Answer, Call, Page
from operations import rendering, schemas
from operations.routes.api import STAFF, app
from operations.service import runs, watching
from operations.service.runs import JobNotFound, StillRuns


@app.get("/jobs", scope="operations:read", callers=STAFF, answer=schemas.JobList)
def list_jobs(call: Call) -> schemas.JobList:
    """Every job that there is, with its last good run and the next one."""
    call.principal.require_head_office()
    return schemas.JobList(items=[rendering.job(state) for state in watching.states()])


@app.get(
    "/jobs/{job}/runs",
    scope="operations:read",
    callers=STAFF,
    query=Page,
    answer=schemas.RunPage,
    problems=[JobNotFound],
)
def list_runs(call: Call, job: str, query: Page) -> schemas.RunPage:
    """Attempts at a job's runs, newest first. Of one that has fanned out, how many of its parts are done."""
    call.principal.require_head_office()
    rows, last = runs.list_runs(job=job, after=query.after, limit=query.limit)
    return schemas.RunPage(items=[rendering.run(row) for row in rows], next_cursor=last)


@app.post(
    "/jobs/{job}/repeats",
    act=acts.alone(acts.GUARD, "does what its schedule does, of which twice is as once"),
    scope="operations:write",
    callers=STAFF,
    status=202,
    body=schemas.RepeatRun,
    answer=schemas.RepeatAnswer,
    problems=[JobNotFound, StillRuns],
)
def repeat_run(call: Call, job: str, body: schemas.RepeatRun) -> Answer:
    """Have a run made again, for the instant that it was planned for. It says so, and who asked."""
    call.principal.require_head_office()
    repeat_id = call.record_id("rpt")
    run = runs.repeat(
        job=job, planned=body.planned, reason=body.reason, repeat_id=repeat_id, actor=audit.actor(call)
    )
    planned = kernel.RunKey.of(run).planned
    return Answer(rendering.repeat(job, planned, repeat_id))
