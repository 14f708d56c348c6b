"""Holds, in two phases (TigerBeetle's pending transfers): placed, then captured, voided or expired, once.

Placing lowers what is available; the balance moves only with the capture. The hold's own status is the
condition that lets exactly one end happen.

A hold says from whom, to whom and how much. What is captured is held to that, whatever the record says by now
that it was placed for.
"""

from collections.abc import Mapping, Sequence

from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock, errors, store
from bank.ledger import counting, domain, posting
from bank.ledger.chart import FEES
from bank.ledger.domain import Account, Hold, HoldStatus, Journal, Kind, Leg
from bank.ledger.tables import AccountRow, HoldRow
from bank.ledger.velocity import Spend
from bank.store import AlreadyExists, Item, Stale, Transaction, caps


class HoldEnded(Exception):
    """The hold has ended already, or its time is over; carries it as it is."""

    def __init__(self, hold: Hold) -> None:
        super().__init__(hold.status)
        self.hold = hold


def place(
    transaction: Transaction,
    *,
    hold_id: str,
    account: Account,
    amount: int,
    payee_account_id: str,
    expires_at: str,
    reference: str,
    spend: Spend | None = None,
) -> None:
    """Set `amount` aside for a payee until `expires_at` (an instant); it counts against limits and velocity.

    What returns of it, whenever that is, gives back the limits of the day on which it was placed, and not the
    velocity, which counts what was tried.

    Refusals as for a debit that spends.
    """
    placed_at = clock.now()
    row = HoldRow.placed(
        hold_id=hold_id,
        account_id=account.account_id,
        amount=amount,
        currency=account.currency,
        payee_account_id=payee_account_id,
        day=clock.business_date(placed_at).isoformat(),
        expires_at=expires_at,
        reference=reference,
    )
    transaction.create(row, AlreadyExists)
    action, enough = caps.take(AccountRow.available, amount)
    spend = spend or Spend()
    counted, within = counting.count_spend(account, amount, spend, placed_at)
    transaction.update(
        (AccountRow, account.account_id),
        [action, caps.give_back(AccountRow.held, amount), *counted],
        (AccountRow.status == domain.Status.ACTIVE.value) & enough & within,
        counting.refused_spend(amount, spend),
    )


def capture(
    transaction: Transaction,
    hold: Hold,
    journal: Journal,
    accounts: Mapping[str, Account],
    *,
    made_by: str,
    partly: bool = False,
) -> None:
    """Book `journal` from the hold; where it may take a part, what that leaves becomes available again.

    Raises HoldEnded when the hold has ended or expired by the journal's booking time, errors.Altered where
    the journal is not what the hold was placed for.
    """
    amount = _taken(hold, journal, partly)
    in_time = HoldRow.expires_at > journal.booked_at
    captured_by = HoldRow.journal_id.set(journal.journal_id)
    _end(transaction, hold.ended(HoldStatus.CAPTURED, amount), in_time, captured_by)
    posting.post(transaction, journal, accounts, made_by=made_by, captured=hold)


def _taken(hold: Hold, journal: Journal, partly: bool) -> int:
    """Amount that the journal takes of the hold, where it is for whom that was placed and for nobody else."""
    taken = -sum(leg.amount for leg in journal.legs if leg.account_id == hold.account_id)
    enough = taken > 0 and (partly or taken == hold.amount)
    others = {leg.account_id for leg in journal.legs if not _of_the_bank(leg, hold.currency)}
    for_payee = not hold.payee_account_id or others <= {hold.account_id, hold.payee_account_id}
    if not (hold.intact and hold.currency == journal.currency and enough and for_payee):
        raise errors.Altered(
            f"hold {hold.hold_id} was not placed for what journal {journal.journal_id} books"
        )
    return taken


def _of_the_bank(leg: Leg, currency: str) -> bool:
    """Return whether it is the bank's fee, or what the bank bears of what the payee gets."""
    bears = leg.amount < 0 and domain.kind_of(leg.account_id) is Kind.INTERNAL
    return bears or leg.account_id == domain.internal(FEES, currency)


def release(
    transaction: Transaction, ending: Sequence[Hold], account: Account, status: HoldStatus, at: str
) -> None:
    """End an account's holds without taking anything: VOIDED at any time, EXPIRED once `at` is their time.

    Raises HoldEnded when one has ended already, or does not end yet.
    """
    due = HoldRow.expires_at <= at if status is HoldStatus.EXPIRED else HoldRow.hold_id.exists()
    for hold in ending:
        _end(transaction, hold.ended(status, 0), due)
    total = sum(hold.amount for hold in ending)
    action, held = caps.take(AccountRow.held, total)
    actions, condition = [action, caps.give_back(AccountRow.available, total)], held
    limits = counting.give_back_limits(account, [(hold.day, hold.amount) for hold in ending])
    if limits:
        actions, condition = [*actions, *limits[0]], condition & limits[1]
    transaction.update((AccountRow, account.account_id), actions, condition, store.stale)


def _end(transaction: Transaction, ended: Hold, condition: Condition, *also: Action) -> None:
    transaction.update(
        (HoldRow, ended.hold_id),
        [
            HoldRow.status.set(ended.status.value),
            HoldRow.captured.set(ended.captured),
            HoldRow.returned.set(ended.returned),
            HoldRow.open_shard.remove(),
            *also,
        ],
        (HoldRow.status == HoldStatus.HELD.value) & condition,
        _refused_end,
    )


def _refused_end(item: Item | None) -> Exception:
    return HoldEnded(HoldRow.from_item(item).to_domain()) if item else Stale()
