"""Withdrawals: money that leaves, judged before it does, and held where a person has to look first.

The client that the withdrawal came through pays it out, and its clearing account is credited for that.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from accounts.domain import Instruction, clearing_account, journal_of
from accounts.service import clearing
from accounts.service.records import movement_of
from accounts.tables import MovementRow
from bank import clock, ledger, risk, store
from bank.access.principal import Principal
from bank.ledger import AccountRow
from bank.store import Transaction, idempotency

# A review that nobody has decided by then is a rejection.
REVIEW = timedelta(days=7)
BOOKED, IN_REVIEW, DECLINED = "booked", "in_review", "declined"


@dataclass(frozen=True)
class _Snapshot:
    """Rows that the decision is made on."""

    account: ledger.Account
    row: AccountRow
    against: ledger.Account
    assessment: risk.Assessment


def withdraw(
    *, instruction: Instruction, principal: Principal, request_context: risk.RequestContext
) -> tuple[MovementRow, bool]:
    """Book a withdrawal once, or hold it for a review; the record, and whether this was a replay.

    Raises AccountNotFound, AccountKind, CurrencyMismatch, KeyReused, SessionEnded, ChallengeRequired,
    Forbidden (a payment token that is not good for this), RiskDeclined, NoClearingAccount and the ledger's
    refusals.
    """
    risk_check = _risk_check(instruction, principal, request_context)
    assessments: list[risk.Assessment] = []

    def act() -> MovementRow:
        found = _find(instruction, risk_check, principal)
        assessments.append(found.assessment)
        return _book(instruction, risk_check, found)

    def refused(refusal: dict[str, Any]) -> MovementRow:
        row = movement_of(instruction, clock.instant(), refusal)
        row.status = DECLINED
        return _with_verdict(row, risk_check, assessments[-1] if assessments else None)

    return idempotency.once(
        record=lambda: store.get(MovementRow, instruction.movement_id),
        request_digest=instruction.request_digest,
        act=act,
        refused=refused,
    )


def _risk_check(
    instruction: Instruction, principal: Principal, request_context: risk.RequestContext
) -> risk.RiskCheck:
    movement = risk.Movement.of(
        "withdrawal",
        request_context,
        account_id=instruction.account_id,
        amount=instruction.amount,
        currency=instruction.currency,
        client_id=principal.client_id,
    )
    return risk.RiskCheck(movement, instruction.movement_id, principal, request_context.token)


def _find(instruction: Instruction, risk_check: risk.RiskCheck, principal: Principal) -> _Snapshot:
    against = clearing_account(principal.client_id, instruction.currency)
    earlier, row, clearing_row, *of_risk = store.get_many(
        [
            (MovementRow, instruction.movement_id),
            (AccountRow, instruction.account_id),
            (AccountRow, against),
            *risk_check.keys(),
        ]
    )
    risk_check.admit(of_risk)
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    row = ledger.accounts.named(
        instruction.account_id, row, principal=principal, currency=instruction.currency
    )
    payer_out = clearing.required(clearing_row, client_id=principal.client_id, currency=instruction.currency)
    account = row.to_domain()
    return _Snapshot(account, row, payer_out, risk_check.assess(of_risk, account, unit_id=row.unit_id))


def _book(instruction: Instruction, risk_check: risk.RiskCheck, found: _Snapshot) -> MovementRow:
    """Decide and write. What is refused here before the write would be refused by its conditions too."""
    account, assessment = found.account, found.assessment
    refusal = ledger.spend_refusal(account, instruction.amount, assessment.spend)
    if refusal:
        raise refusal
    token = risk_check.clear(assessment, account, found.row)
    now = clock.instant()
    movement = _with_verdict(movement_of(instruction, now), risk_check, assessment)
    transaction = Transaction()
    risk_check.spend(transaction, token)
    if assessment.held:
        movement.status = IN_REVIEW
        movement.review_until = clock.instant(clock.parse(now) + REVIEW)
        transaction.create(movement)
        ledger.holds.place(
            transaction,
            hold_id=instruction.hold_id,
            account=account,
            amount=instruction.amount,
            payee_account_id=found.against.account_id,
            expires_at=movement.review_until,
            reference=instruction.movement_id,
            spend=assessment.spend,
        )
    else:
        transaction.create(movement)
        accounts = {account.account_id: account}
        journal = journal_of(instruction, found.against.account_id, now)
        ledger.post(
            transaction,
            journal,
            accounts,
            made_by=risk_check.actor_id,
            spending=accounts.keys(),
            spend=assessment.spend,
        )
    transaction.commit()
    return movement


def _with_verdict(
    row: MovementRow, risk_check: risk.RiskCheck, assessment: risk.Assessment | None
) -> MovementRow:
    row.client_id, row.device_id = risk_check.movement.client_id, risk_check.movement.device_id or None
    if assessment:
        row.unit_id, row.customer_id = assessment.unit_id, assessment.customer_id
        row.risk = assessment.verdict.pack()
    return row
