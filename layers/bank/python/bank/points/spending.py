"""Spending points: reserved in the transaction of what they pay for, then taken or given back, once.

A reservation stands on the account's own row under its reference, with the lots that it took, earliest first.
Its end takes it off there, so that no second end finds it. What comes back goes to the lots that it was
taken from; what of these has expired meanwhile can be spent by nobody, and is booked as expired.
"""

from bank import errors
from bank.ledger import AccountRow, debit_refusal
from bank.ledger.lots import MAX_RESERVED, added, earliest
from bank.points import accounts, booking
from bank.store import Transaction


class NoPointsAccount(errors.Refusal):
    """409: this customer has never had points."""

    code, title = "no_points_account", "No points"


class InsufficientPoints(errors.Refusal):
    """409: fewer points can be spent now than this takes."""

    code, title = "insufficient_points", "Insufficient points"


class TooManyReserved(errors.Refusal):
    """409: so many payments with this customer's points are under way that no further one can be."""

    code, title = "too_many_reserved", "Too many reservations"


class NotReserved(Exception):
    """No points are reserved under this reference: its end has been before, or there never was one."""


def refusal(row: AccountRow | None, points: int) -> errors.Refusal | None:
    """Return the refusal to reserve points of an account as it was read (None: there is none), or None."""
    if row is None:
        return NoPointsAccount("this customer has never had points")
    spendable = sum(accounts.spendable(row).values())
    refused = debit_refusal(row.to_domain(), points, available=points)
    if refused is None and spendable < points:
        return InsufficientPoints(f"{spendable} points can be spent, which is less than {points}")
    if refused is None and len(accounts.lots_of(row).reserved) >= MAX_RESERVED:
        return TooManyReserved(f"{MAX_RESERVED} reservations of points are open")
    return refused


def reserve(transaction: Transaction, row: AccountRow | None, points: int, reference: str) -> None:
    """Set points aside in the caller's transaction: one update of the account as it was read (else Stale).

    `reference` is the id of the record that they pay for. Raises NoPointsAccount, InsufficientPoints,
    TooManyReserved, AccountFrozen, AccountClosed; ValueError for a reference under which some are reserved.
    """
    refused = refusal(row, points)
    if refused or row is None:
        raise refused or NoPointsAccount()
    before = accounts.lots_of(row)
    if points <= 0 or reference in before.reserved:
        raise ValueError(f"{points} points cannot be reserved for {reference}")
    after = before.reserve(reference, points, accounts.month())
    accounts.rewrite(transaction, row, after, statuses=booking.ACTIVE)


def give_back(transaction: Transaction, row: AccountRow, reference: str) -> None:
    """Return a reservation to its lots, on the account as it was read (else Stale). Raises NotReserved."""
    before = accounts.lots_of(row)
    taken = before.reserved.get(reference)
    if taken is None:
        raise NotReserved(reference)
    after = before.without(reference).with_free(taken)
    accounts.rewrite(transaction, row, after, statuses=booking.NOT_CLOSED)


def capture(
    transaction: Transaction,
    row: AccountRow,
    reference: str,
    *,
    journal_id: str,
    booked_at: str,
    made_by: str,
    points: int | None = None,
) -> dict[str, int]:
    """Take what is reserved, or `points` of it, while the rest returns; what was taken, by lot.

    The lots that expire first are taken first. Raises NotReserved; ValueError for more than is reserved.
    """
    before = accounts.lots_of(row)
    reserved = before.reserved.get(reference)
    if reserved is None:
        raise NotReserved(reference)
    taken = earliest(reserved, sum(reserved.values()) if points is None else points)
    rest = added(reserved, {month: -part for month, part in taken.items()})
    booking.book_journal(
        transaction,
        row,
        before.without(reference).with_free(rest),
        journal_id=journal_id,
        kind="points-redemption",
        reference=reference,
        booked_at=booked_at,
        made_by=made_by,
    )
    return taken
