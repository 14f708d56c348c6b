"""Verification: does everything that is stored agree, to the byte?

Reads the whole ledger and compares what was written apart: the journals, the
postings and entries made from them, the balance rows, and the holds. What it names:
accounts overdrawn (clearing accounts: beyond their credit limit), and internal ones that the chart has not or
that stand beyond its bounds;
journals altered, unbalanced or of the future; steps missing from an account's chain or not adding up; entries
that differ from their journal or their step, or are not there; journals' legs never booked; holds that lost
money; stored balances, holds and availability that do not follow; points whose lots and reservations do not
add up to them.
Owners, limits and their counters, and an account's status follow from nothing else that is stored: those it
cannot judge; nor that a hold is gone which had ended.

What the streams' consumers have not written yet is no difference (`bank.ledger.lateness`): it is counted as
late, and differs once it is lost. Journals booked in the last minute are not even late: everything is
compared as of a cut before that.
"""

from typing import Any

from bank import clock, store
from bank.ledger import rows
from bank.ledger.parts import is_further
from bank.ledger.tables import AccountRow, ReportRow
from bank.ledger.verification.account import verify_account, verify_rows
from bank.ledger.verification.holds import read_holds, reserved, verify_held
from bank.ledger.verification.legs import verify_legs
from bank.ledger.verification.run import MOST_NAMED, Run, read_journals

__all__ = ["keep", "last_report", "verify"]

REPORT = "verification"


def verify() -> dict[str, Any]:
    """Verify the whole ledger, keep the report and return it.

    `sums` are of every account's balance as of `as_of`, by currency, with what is late; each is zero on a
    sound ledger.
    """
    run = Run.started_at(clock.now())
    read_journals(run)
    held = read_holds(run)
    suspects = []
    for row in AccountRow.scan(consistent_read=True):
        if int(row.held) != held.pop(row.account_id, 0) + reserved(row):
            suspects.append(row.account_id)
        if row.part is not None:
            run.met[row.account_id] = row.opened_at
        if not is_further(row.account_id):
            run.accounts += 1
            run.sums[row.currency] += 0
            verify_account(run, rows.whole(row))
    verify_rows(run)
    verify_held(run, [*suspects, *held])
    verify_legs(run)
    return _report(run)


def _report(run: Run) -> dict[str, Any]:
    content = {
        "as_of": run.cut,
        "started_at": run.started,
        "finished_at": clock.instant(),
        "accounts": run.accounts,
        "journals": len(run.journals),
        "sums": {currency: run.sums[currency] for currency in sorted(run.sums)},
        "zero_sum": not any(run.sums.values()),
        "difference_count": len(run.differences),
        "differences": run.differences[:MOST_NAMED],
        "late_count": run.late_count,
        "late_since": run.late_since or None,
        "late": run.late,
    }
    keep(content)
    return content


def keep(report: dict[str, Any]) -> None:
    """Let a report be the last one; a pass over an export (`infra.books`) has one as well."""
    ReportRow(report=REPORT, run=report["started_at"], content=report).save()


def last_report() -> dict[str, Any] | None:
    """Return the last verification's report, or None before the first run."""
    found = store.query(ReportRow, REPORT, newest_first=True, limit=1)
    return next((dict(row.content) for row in found), None)
