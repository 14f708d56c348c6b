"""One account: its chain of postings, from zero to the balance that its row stores."""

from collections.abc import Iterator

from bank import store
from bank.ledger import chart, statements
from bank.ledger.domain import Kind, kind_of
from bank.ledger.tables import AccountRow, EntryRow
from bank.ledger.verification.entries import Mark, own_entries, verify_booking, verify_marks, verify_steps
from bank.ledger.verification.run import Run, has_leg
from bank.ledger.verification.steps import Step


def verify_account(run: Run, row: AccountRow) -> None:
    """Compare an account's postings with each other, its entries, its journals and its row."""
    steps: dict[int, Step] = {}
    marks: dict[str, Mark] = {}
    for posting, before in _chained(run, row):
        step = Step.of(posting, before)
        steps[step.seq] = step
        _verify_posting(run, row, posting, step, marks)
    if row.kind == Kind.INTERNAL:
        last = steps[max(steps)] if steps else Step.none()
        verify_marks(
            run, row, own_entries(row), marks, last=last.seq, since=lambda: _marks_since(run, row, last)
        )
    elif row.kind == Kind.SETTLEMENT:
        verify_steps(run, row, own_entries(row), steps)
    _verify_row(run, row, steps)
    _verify_side(run, row)


def _verify_side(run: Run, row: AccountRow) -> None:
    """Only the bank's own accounts may be negative, each as the chart says; its journals say where it stands.

    Its row does not: legs on the way are missing there, so that a fee's return may stand before the fee.
    """
    if kind_of(row.account_id) is Kind.INTERNAL:
        complaint = chart.complaint(row.account_id, run.internal[row.account_id])
    else:
        complaint = f"is overdrawn: {row.available}" if int(row.available) < 0 else None
    if complaint:
        run.differs("account", row.account_id, complaint)


def _chained(run: Run, row: AccountRow) -> Iterator[tuple[EntryRow, int]]:
    """Each posting with the balance before it; a break of the chain is named and passed over.

    Most postings are written from the stream: a step before a recent one may still be on its way.
    """
    seq = balance = 0
    for posting in statements.postings(row.account_id):
        number, after = int(posting.seq), int(posting.balance_after)
        before = after - int(posting.amount)
        name, gap = f"{row.account_id}#{seq + 1}", number > seq + 1
        if gap and posting.booked_at <= run.cut:
            run.differs("posting", name, "this step of its balance is missing")
        in_place = posting.entry_key == statements.posting_key(posting.booked_at, number)
        if not in_place or not (gap or (number, before) == (seq + 1, balance)):
            run.differs("posting", name, "its chain of steps is broken here")
        yield posting, before
        seq, balance = number, after


def _verify_posting(run: Run, row: AccountRow, posting: EntryRow, step: Step, marks: dict[str, Mark]) -> None:
    name = f"{row.account_id}#{step.seq}"
    if step.after < 0 and row.kind != Kind.INTERNAL:
        run.differs("posting", name, f"overdraws the account: {step.after}")
    if posting.journal_id:
        if step.count != 1:
            run.differs("posting", name, "is one journal's and counts more")
        verify_booking(run, row, posting, name)
        return
    if posting.kind != "applied":
        run.differs("posting", name, "is no journal's and was not applied")
    if row.kind == Kind.INTERNAL:
        _verify_lines(run, row, posting, step, marks)


def _verify_lines(run: Run, row: AccountRow, posting: EntryRow, step: Step, marks: dict[str, Mark]) -> None:
    name, balance = f"{row.account_id}#{step.seq}", step.before
    lines = posting.lines or []
    for journal_id, amount in lines:
        balance += amount
        journal = run.journal(journal_id)
        if journal is None or not has_leg(journal, row.account_id, amount):
            run.differs("posting", name, f"its line {journal_id} has no such leg")
            continue
        run.meet(row, journal, amount)
        if journal.deferred[0].account_id == row.account_id:
            marks[journal_id] = Mark(step.seq, amount, balance)
    if (len(lines), balance) != (step.count, step.after):
        run.differs("posting", name, "differs from its lines")


def _marks_since(run: Run, row: AccountRow, last: Step) -> dict[str, Mark]:
    """The marks of the postings after `last`. The next run judges the postings themselves."""
    marks: dict[str, Mark] = {}
    beyond = EntryRow.entry_key > statements.posting_key(last.booked_at, last.seq)
    for posting in store.query(EntryRow, f"{row.account_id}#p", beyond):
        balance = int(posting.balance_after) - int(posting.amount)
        for journal_id, amount in posting.lines or []:
            balance += amount
            marks[journal_id] = Mark(int(posting.seq), amount, balance)
    return marks


def _verify_row(run: Run, row: AccountRow, steps: dict[int, Step]) -> None:
    version, last = int(row.version), max(steps, default=0)
    found = steps.get(version, Step.none() if version == 0 else None)
    if found and (found.after, found.booked_at) != (int(row.balance), row.booked_at):
        run.differs("account", row.account_id, f"stores {row.balance}, its postings give {found.after}")
    if found is None and row.booked_at <= run.cut:
        run.differs("account", row.account_id, f"the posting of its step {version} is missing")
    if version < last and steps[version + 1 if version + 1 in steps else last].booked_at <= run.cut:
        run.differs("account", row.account_id, f"stores step {version}, its postings go on to {last}")
    if row.booked_at > run.latest:
        run.differs("account", row.account_id, f"was booked on at {row.booked_at}, which is to come")
    if int(row.available) != int(row.balance) - int(row.held):
        run.differs("account", row.account_id, f"available {row.available} is not balance less holds")
    if row.kind != kind_of(row.account_id):
        run.differs("account", row.account_id, f"is a {row.kind} account by its row, and not by its id")
