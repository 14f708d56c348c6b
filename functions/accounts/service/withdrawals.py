"""Withdrawals: money that leaves, judged before it does, and held where a person has to look first."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.domain import Instruction, journal_of
from accounts.service import CurrencyMismatch, movement_of
from accounts.tables import Movement
from bank import clock, ledger, risk, store
from bank.access.principal import Principal
from bank.ledger import AccountRow
from bank.store import Transaction, idempotency

# A review that nobody has decided by then is a rejection.
REVIEW = timedelta(days=7)
BOOKED, IN_REVIEW, DECLINED = "booked", "in_review", "declined"


@dataclass(frozen=True)
class _Found:
    """What was read before the decision."""

    account: ledger.Account
    row: AccountRow
    judged: risk.Judged


def withdraw(
    *, instruction: Instruction, caller: Principal, circumstances: risk.Circumstances
) -> tuple[Movement, bool]:
    """Book a withdrawal once, or hold it for a review; the record, and whether this was a replay.

    Raises AccountNotFound, CurrencyMismatch, KeyReused, SessionEnded, ChallengeRequired, Forbidden (a payment
    token that is not good for this), RiskDeclined and the ledger's refusals.
    """
    guard = _guard(instruction, caller, circumstances)
    judged: list[risk.Judged] = []

    def act() -> Movement:
        found = _find(instruction, guard, caller)
        judged.append(found.judged)
        return _book(instruction, guard, found)

    def refused(refusal: dict[str, Any]) -> Movement:
        row = movement_of(instruction, clock.instant(), refusal)
        row.status = DECLINED
        return _with_verdict(row, guard, judged[-1] if judged else None)

    return idempotency.once(
        record=lambda: store.get(Movement, instruction.movement_id),
        request_digest=instruction.request_digest,
        act=act,
        refused=refused,
    )


def _guard(instruction: Instruction, caller: Principal, circumstances: risk.Circumstances) -> risk.Guard:
    context = risk.Context.of(
        "withdrawal",
        circumstances,
        account_id=instruction.account_id,
        amount=instruction.amount,
        currency=instruction.currency,
        client_id=caller.client_id,
    )
    return risk.Guard(context, instruction.movement_id, caller, circumstances.token)


def _find(instruction: Instruction, guard: risk.Guard, caller: Principal) -> _Found:
    earlier, row, *of_risk = store.get_many(
        [(Movement, instruction.movement_id), (AccountRow, instruction.account_id), *guard.keys()]
    )
    guard.admit(of_risk)
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    row = ledger.accounts.seen(instruction.account_id, row, caller)
    account = row.to_domain()
    if account.currency != instruction.currency:
        raise CurrencyMismatch(f"account {account.account_id} is in {account.currency}")
    return _Found(account, row, guard.judge(of_risk, account, unit_id=row.unit_id))


def _book(instruction: Instruction, guard: risk.Guard, found: _Found) -> Movement:
    """Decide and write. What is refused here before the write would be refused by its conditions too."""
    account, judged = found.account, found.judged
    refusal = ledger.why_not(account, instruction.amount, judged.spend)
    if refusal:
        raise refusal
    token = guard.clear(judged, account, found.row)
    now = clock.instant()
    movement = _with_verdict(movement_of(instruction, now), guard, judged)
    transaction = Transaction()
    guard.spend(transaction, token)
    if judged.held:
        movement.status = IN_REVIEW
        movement.review_until = clock.instant(clock.parse(now) + REVIEW)
        transaction.create(movement)
        ledger.holds.place(
            transaction,
            hold_id=instruction.hold_id,
            account=account,
            amount=instruction.amount,
            expires_at=movement.review_until,
            reference=instruction.movement_id,
            spend=judged.spend,
        )
    else:
        transaction.create(movement)
        accounts = {account.account_id: account}
        journal = journal_of(instruction, now)
        ledger.post(transaction, journal, accounts, spending=accounts.keys(), spend=judged.spend)
    transaction.commit()
    return movement


def _with_verdict(row: Movement, guard: risk.Guard, judged: risk.Judged | None) -> Movement:
    row.client_id, row.device_id = guard.context.client_id, guard.context.device_id or None
    if judged:
        row.unit_id, row.customer_id = judged.unit_id, judged.customer_id
        row.risk = judged.verdict.pack()
    return row
