"""One account: the chain of postings of each of its rows, from zero to the balance that the row stores."""

from collections.abc import Iterator

from bank import store
from bank.ledger import chart, statements
from bank.ledger.domain import SHARED, Kind, kind_of
from bank.ledger.lateness import Tail
from bank.ledger.parts import account_of, number_of
from bank.ledger.tables import AccountRow, EntryRow
from bank.ledger.verification.entries import (
    Booked,
    Mark,
    own_entries,
    verify_booking,
    verify_marks,
    verify_steps,
)
from bank.ledger.verification.holds import verify_lots
from bank.ledger.verification.run import Run, has_leg, leg_on
from bank.ledger.verification.steps import Step

# What bounds these below zero is looked at as they stand now: a limit may have changed since a step.
OVERDRAWN = frozenset({Kind.INTERNAL, Kind.CLEARING})


def verify_account(run: Run, row: AccountRow) -> None:
    """Compare an account's postings with each other, its entries, journals and rows; `row` is whole."""
    booked, last = Booked(), dict[str, Step]()
    for each in [row, *(row.further or ())]:
        steps = _verify_chain(run, each, booked)
        last[each.account_id] = steps[max(steps)] if steps else Step.none()
        _verify_row(run, each, steps)
        booked.missing[number_of(each.account_id)] = _missing(each, last[each.account_id])
        run.known.update({each.account_id} if each.part is not None else ())
    if row.part is not None and len(last) < row.row_count and row.kind != Kind.INTERNAL:
        run.differs("account", row.account_id, f"has {len(last)} of its {row.row_count} parts")
    if row.kind == Kind.INTERNAL:
        run.ends |= last
        verify_marks(run, row, own_entries(row), booked.marks, last=last, since=lambda: _marks_since(last))
    elif kind_of(row.account_id) in SHARED:
        verify_steps(run, row, own_entries(row), booked)
    elif row.kind == Kind.POINTS:
        verify_lots(run, row)
    _verify_side(run, row)


def verify_rows(run: Run) -> None:
    """Each further row is one of its account's.

    An account may have grown since it was read: the next run judges those rows.
    """
    for row_id, opened_at in run.met.items():
        if row_id not in run.known and not run.started < opened_at <= run.latest:
            run.differs("account", row_id, "is no part of its account")


def _verify_chain(run: Run, row: AccountRow, booked: Booked) -> dict[int, Step]:
    """The steps of one row's balance, by their number, each compared with its journals."""
    steps: dict[int, Step] = {}
    for posting, before in _chained(run, row):
        step = Step.of(posting, before, number_of(row.account_id))
        steps[step.seq] = booked.steps[step.place] = step
        _verify_posting(run, row, posting, step, booked)
    return steps


def _verify_side(run: Run, row: AccountRow) -> None:
    """Only the bank's own accounts, and clearing accounts within their credit limits, may be negative.

    Where one of the bank's own stands, which is the chart's to bound, its journals say. Its row does not:
    legs are missing there that are on their way, so that a fee's return may stand before the fee.
    """
    if kind_of(row.account_id) is Kind.INTERNAL:
        complaint = chart.complaint(row.account_id, run.internal[row.account_id])
    else:
        beyond = f" of a credit limit of {row.credit_limit}" if row.credit_limit else ""
        complaint = f"is overdrawn: {row.available}{beyond}" if int(row.available) < 0 else None
    if complaint:
        run.differs("account", row.account_id, complaint)


def _chained(run: Run, row: AccountRow) -> Iterator[tuple[EntryRow, int]]:
    """Each posting with the balance before it; a break of the chain is named and passed over.

    Most postings are written from the stream: a step before a recent one may still be on its way.
    """
    seq = balance = 0
    for posting in statements.steps(row.account_id):
        number, after = int(posting.seq), int(posting.balance_after)
        before = after - int(posting.amount)
        name, gap = f"{row.account_id}#{seq + 1}", number > seq + 1
        if gap and posting.booked_at <= run.cut:
            run.differs("posting", name, "this step of its balance is missing")
        in_place = posting.entry_key == statements.posting_key(posting.booked_at, number, row.account_id)
        if not in_place or not (gap or (number, before) == (seq + 1, balance)):
            run.differs("posting", name, "its chain of steps is broken here")
        yield posting, before
        seq, balance = number, after


def _verify_posting(run: Run, row: AccountRow, posting: EntryRow, step: Step, booked: Booked) -> None:
    name = f"{row.account_id}#{step.seq}"
    if step.after < 0 and row.kind not in OVERDRAWN:
        run.differs("posting", name, f"overdraws the account: {step.after}")
    if posting.journal_id:
        if step.count != 1:
            run.differs("posting", name, "is one journal's and counts more")
        share = _is_share(run, row, posting)
        if share:
            booked.shares[posting.journal_id] = posting.booked_at
            del booked.steps[step.place]
        verify_booking(run, row, posting, name, share=share)
        return
    if posting.kind != "applied":
        run.differs("posting", name, "is no journal's and was not applied")
    if row.kind == Kind.INTERNAL:
        _verify_lines(run, row, posting, step, booked.marks)


def _is_share(run: Run, row: AccountRow, posting: EntryRow) -> bool:
    """Return whether a row paid a part of a journal's debit of its account, and other rows the rest."""
    leg = leg_on(run.journal(posting.journal_id or ""), row.account_id)
    return row.part is not None and leg < int(posting.amount) < 0


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
        if journal.deferred[0].account_id == account_of(row.account_id):
            marks[journal_id] = Mark(step.place, amount, balance)
    if (len(lines), balance) != (step.count, step.after):
        run.differs("posting", name, "differs from its lines")


def _marks_since(last: dict[str, Step]) -> dict[str, Mark]:
    """The marks of the postings after the `last` of each row. The next run judges the postings themselves."""
    marks: dict[str, Mark] = {}
    for row_id, step in last.items():
        beyond = EntryRow.entry_key > statements.posting_key(step.booked_at, step.seq, row_id)
        for posting in store.query(EntryRow, f"{row_id}#p", beyond):
            balance = int(posting.balance_after) - int(posting.amount)
            for journal_id, amount in posting.lines or []:
                balance += amount
                marks[journal_id] = Mark((number_of(row_id), int(posting.seq)), amount, balance)
    return marks


def _missing(row: AccountRow, last: Step) -> range:
    """The steps of a row after the last that has a posting."""
    return range(last.seq + 1, int(row.version) + 1)


def _verify_tail(run: Run, row: AccountRow, last: Step) -> None:
    """The row's last step has no posting: late, where the accounts' stream brings it."""
    name, missing = f"the posting of its step {row.version} is missing", _missing(row, last)
    if row.kind == Kind.INTERNAL or not missing:
        if row.booked_at <= run.cut:
            run.differs("account", row.account_id, name)
        return
    behind = run.behind[account_of(row.account_id)]
    amount = behind.tail.amount + int(row.balance) - last.after
    behind.tail = Tail(behind.tail.steps + len(missing), amount)
    behind.fresh |= row.booked_at > run.cut
    run.missing("posting", row.account_id, name, since=row.booked_at, count=len(missing))


def _verify_row(run: Run, row: AccountRow, steps: dict[int, Step]) -> None:
    version, last = int(row.version), max(steps, default=0)
    found = steps.get(version, Step.none() if version == 0 else None)
    if found and (found.after, found.booked_at) != (int(row.balance), row.booked_at):
        run.differs("account", row.account_id, f"stores {row.balance}, its postings give {found.after}")
    if found is None:
        _verify_tail(run, row, steps[last] if steps else Step.none())
    if version < last and steps[version + 1 if version + 1 in steps else last].booked_at <= run.cut:
        run.differs("account", row.account_id, f"stores step {version}, its postings go on to {last}")
    if row.booked_at > run.latest:
        run.differs("account", row.account_id, f"was booked on at {row.booked_at}, which is to come")
    if int(row.available) != int(row.balance) - int(row.held) + int(row.credit_limit or 0):
        what = "balance less holds, and credit limit"
        run.differs("account", row.account_id, f"available {row.available} is not {what}")
    if row.credit_limit and kind_of(row.account_id) is not Kind.CLEARING:
        run.differs("account", row.account_id, f"has a credit limit, {row.credit_limit}: its kind has none")
    if row.kind != kind_of(row.account_id):
        run.differs("account", row.account_id, f"is a {row.kind} account by its row, and not by its id")
