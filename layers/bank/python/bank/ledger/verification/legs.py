"""Journals' legs that were not met among what is booked: late, lost, booked since, or never booked at all."""

from collections.abc import Iterable

from bank import store
from bank.ledger import applier, chart, lateness, statements
from bank.ledger.domain import OWN, Journal, Kind, kind_of
from bank.ledger.lateness import Standing
from bank.ledger.parts import row_id
from bank.ledger.tables import AccountRow, EntryRow
from bank.ledger.verification.run import Run
from bank.ledger.verification.steps import Step


def verify_legs(run: Run) -> None:
    """Judge the legs that were not met, and whether they are what is missing of accounts that are behind."""
    journals = [run.journals[journal_id] for journal_id, legs in run.unbooked.items() if legs]
    marked = applier.applied([journal for journal in journals if journal.deferred])
    for journal in journals:
        _judge(run, journal, marked=journal.journal_id in marked)
    for account_id, behind in run.behind.items():
        single = kind_of(account_id) in OWN
        if not behind.fresh and not behind.tail.follows(behind.amounts, single=single):
            run.differs("account", account_id, "its missing postings are not what its journals tell of")


def _judge(run: Run, journal: Journal, *, marked: bool) -> None:
    unmet = run.unbooked[journal.journal_id]
    wrong = lateness.contradicted(journal, unmet, marked=marked, behind=run.behind)
    deferred = {leg.account_id for leg in journal.deferred}
    for account_id, amount in sorted(unmet.items()):
        detail = f"its leg on {account_id} was never booked"
        if account_id in wrong:
            if marked and account_id in deferred and _booked_since(run, journal, account_id, amount):
                run.sums[journal.currency] += amount
            else:
                run.differs("leg", journal.journal_id, detail)
            continue
        if account_id not in deferred:
            run.behind[account_id].amounts.append(amount)
        # What is booked already counts with its posting.
        count = int(account_id in deferred)
        standing = run.missing("leg", journal.journal_id, detail, since=journal.booked_at, count=count)
        if standing is not Standing.LOST:
            run.sums[journal.currency] += amount


def _booked_since(run: Run, journal: Journal, account_id: str, amount: int) -> bool:
    """Return whether the applier booked a leg after its account was read; the next run judges the rest."""
    if store.get(AccountRow, account_id) is None:
        return False
    if kind_of(account_id) is Kind.INTERNAL:
        return [journal.journal_id, amount] in _lines_since(run, account_id)
    shard = statements.entry_shard(account_id, journal.journal_id, wide=journal.wide)
    entry = store.get(EntryRow, shard, f"{journal.booked_at}#{journal.journal_id}")
    return entry is not None and int(entry.amount) == amount


def _lines_since(run: Run, account_id: str) -> Iterable[list[object]]:
    """The lines of the postings of an internal account after those that were read."""
    for number in range(chart.PARTS):
        row = row_id(account_id, number)
        last = run.ends.get(row, Step.none())
        beyond = EntryRow.entry_key > statements.posting_key(last.booked_at, last.seq, row)
        for posting in store.query(EntryRow, f"{row}#p", beyond):
            yield from posting.lines or []
