"""The job that looks for patterns in the movement history, and drafts a report of each that it finds.

Run again, it finds the same: a finding's id is decided by where it began, so its report is made once; while
it is a draft, it follows what has been added to its evidence.
"""

import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, timedelta
from pathlib import Path
from typing import Any

from aml.adapters import object_store
from aml.domain.patterns import LEGS, QUERIES, SCHEMA, Finding, Parameters, Pattern
from aml.tables import PARAMETERS, REPORTS, ParametersRow, ReportRow, queue_shard, queued
from bank import clock, ids, ledger, store
from bank.access.principal import THE_BANK, Ownership
from bank.control import audit
from bank.observability import logger
from bank.store import AlreadyExists, Transaction

# As many records as a report's row holds; its counts are of all.
EVIDENCE_RECORDS = 500


def parameters() -> Parameters:
    """The parameters in force."""
    row = store.get(ParametersRow, PARAMETERS)
    return Parameters.of(row.values if row else {})


def set_parameters(*, values: dict[str, int], reason: str, actor: audit.Actor) -> Parameters:
    """Set some parameters; the others stay as they are."""

    def act() -> Parameters:
        row = store.get(ParametersRow, PARAMETERS)
        wanted = {**(row.values if row else {}), **values}
        transaction = Transaction()
        if row is None:
            made = ParametersRow(record_id=PARAMETERS, values=wanted, created_at=clock.instant())
            transaction.create(made, store.stale)
        else:
            transaction.update(
                (ParametersRow, PARAMETERS),
                [
                    ParametersRow.values.set(wanted),
                    ParametersRow.revision.set(int(row.revision) + 1),
                ],
                ParametersRow.revision == int(row.revision),
                store.stale,
            )
        before = Parameters.of(row.values if row else {}).values()
        audit.record(
            transaction,
            actor=actor,
            action="aml.parameters_set",
            subject_id=PARAMETERS,
            ownership=THE_BANK,
            before={name: before[name] for name in values},
            after=dict(values),
            reason=reason,
        )
        transaction.commit()
        return Parameters.of(wanted)

    return store.retry_on_conflict(act)


def run(*, until: date) -> dict[str, int]:
    """Look for every pattern in the business days before `until`; how many of each, and new reports."""
    given = parameters()
    first, last = until - timedelta(days=given.lookback_days), until - timedelta(days=1)
    with tempfile.TemporaryDirectory() as folder:
        objects = object_store.fetch_movements(first.isoformat(), last.isoformat(), Path(folder))
        findings = list(detect(Path(folder), given)) if objects else []
    counts = {pattern.value: sum(each.pattern is pattern for each in findings) for pattern in Pattern}
    counts["objects"], counts["new_reports"] = objects, _report(findings, given)
    logger.info("patterns looked for", until=until.isoformat(), counts=counts)
    return counts


def detect(folder: Path, given: Parameters) -> Iterator[Finding]:
    """Find the patterns in the history that lies in a folder."""
    import duckdb

    values = given.values()
    with duckdb.connect(":memory:", config={"threads": 2}) as database:
        # An event that was delivered twice stands in two batches.
        database.execute(
            "CREATE TABLE movements AS SELECT DISTINCT ON (event_id) *"
            f" FROM read_json('{folder}/*.jsonl', format='newline_delimited', columns={SCHEMA})"
            " ORDER BY event_id"
        )
        database.execute(LEGS)
        for pattern, query in QUERIES.items():
            taken = {name: values[name] for name in re.findall(r"\$(\w+)", query)}
            for row in database.execute(query, taken).fetchall():
                yield _finding(pattern, row)


def _finding(pattern: Pattern, row: tuple[Any, ...]) -> Finding:
    account_id, currency, since, until, amount, movements, record_ids, parties = row
    return Finding(
        pattern=pattern,
        account_id=account_id,
        currency=currency,
        since=clock.instant(since.replace(tzinfo=UTC)),
        until=clock.instant(until.replace(tzinfo=UTC)),
        amount=int(amount),
        movements=int(movements),
        record_ids=tuple(record_ids),
        parties=int(parties),
    )


def _report(findings: list[Finding], given: Parameters) -> int:
    accounts = sorted({finding.account_id for finding in findings})
    rows = store.get_many([(ledger.AccountRow, account_id) for account_id in accounts])
    owners = {row.account_id: row.ownership for row in rows if row is not None}
    return sum(_draft(finding, owners.get(finding.account_id, THE_BANK), given) for finding in findings)


def _draft(finding: Finding, owner: Ownership, given: Parameters) -> bool:
    """Make the report of a finding, or have its draft follow it; whether it is new."""
    report_id = ids.derived("rpt", *finding.key)
    found_at = clock.instant()
    evidence: dict[str, Any] = {
        "record_ids": list(finding.record_ids[:EVIDENCE_RECORDS]),
        "parties": finding.parties,
        "parameters": given.values(),
    }
    content: dict[str, Any] = {
        "amount": finding.amount,
        "movements": finding.movements,
        "since": finding.since,
        "until": finding.until,
        "evidence": evidence,
        "evidence_digest": ids.digest([finding.record_ids, finding.amount]),
        "narrative": finding.narrative(given),
    }
    row = ReportRow(
        record_id=report_id,
        client_id=owner.client_id,
        unit_id=owner.unit_id,
        customer_id=owner.customer_id if owner.customer_id.startswith("cus_") else "",
        queue_shard=queue_shard(REPORTS, owner.unit_id, report_id),
        sort_key=f"{found_at}#{report_id}",
        created_at=found_at,
        pattern=finding.pattern.value,
        kind=finding.report_kind,
        account_id=finding.account_id,
        currency=finding.currency,
        **content,
    )
    transaction = Transaction()
    transaction.create(row)
    try:
        transaction.commit()
        return True
    except AlreadyExists:
        _follow(report_id, content)
        return False


class _Settled(Exception):
    """The report has been decided, or says this already."""


def _follow(report_id: str, content: dict[str, Any]) -> None:
    transaction = Transaction()
    transaction.update(
        (ReportRow, report_id),
        [getattr(ReportRow, name).set(value) for name, value in content.items()],
        (ReportRow.status == "draft") & (ReportRow.evidence_digest != content["evidence_digest"]),
        lambda _: _Settled(),
    )
    try:
        transaction.commit()
    except _Settled:
        return


def list_reports(*, units: list[str], after: str | None, limit: int) -> tuple[list[ReportRow], str | None]:
    """The reports of these units, newest first, and where the next page starts."""
    found = queued(ReportRow, REPORTS, units, after=after, limit=limit + 1)
    return store.page(found, limit, lambda row: row.sort_key)
