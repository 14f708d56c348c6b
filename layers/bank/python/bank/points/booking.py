"""Journals of points: what an account gets or loses, and in money what the bank owes for that.

Both journals and the account's new lots are in the caller's transaction: two creations and one update. Their
ids are the caller's idempotency (`store.AlreadyExists`).
"""

from bank import ids
from bank.config import config
from bank.ledger import AccountRow, Status, internal, journal, post
from bank.ledger.chart import POINTS, POINTS_COST, POINTS_LIABILITY
from bank.ledger.domain import PTS
from bank.ledger.lots import Lots
from bank.points import accounts
from bank.points.worth import worth
from bank.store import Transaction

ACTIVE = frozenset({Status.ACTIVE})
# A frozen account still takes what is earned or given back, and loses what expires.
NOT_CLOSED = frozenset({Status.ACTIVE, Status.FROZEN})


def book_journal(
    transaction: Transaction,
    row: AccountRow,
    after: Lots,
    *,
    journal_id: str,
    kind: str,
    reference: str,
    booked_at: str,
    made_by: str,
    statuses: frozenset[Status] = NOT_CLOSED,
) -> None:
    """Book what an account as it was read has less or more by `after`, whose `value` is set here.

    Refused (Stale) where the account has changed since; AlreadyExists where the journal has been booked.
    """
    before, to = accounts.lots_of(row), worth(after.total)
    moved, owed = after.total - before.total, to - before.value
    after = Lots(after.free, after.reserved, to)
    points = journal(
        journal_id,
        kind=kind,
        reference=reference,
        currency=PTS,
        amounts={row.account_id: moved, internal(POINTS, PTS): -moved},
        booked_at=booked_at,
    )
    change = accounts.change(row, after, statuses=statuses)
    post(transaction, points, {row.account_id: row.to_domain()}, made_by=made_by, lots=change)
    if owed:
        home = config.home_currency
        money = journal(
            ids.derived("jrn", journal_id, "worth"),
            kind="points-worth",
            reference=reference,
            currency=home,
            amounts={internal(POINTS_LIABILITY, home): owed, internal(POINTS_COST, home): -owed},
            booked_at=booked_at,
        )
        post(transaction, money, {}, made_by=made_by)
