"""Transfers, one by one: carried out once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bank import clock, errors, ledger, risk, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.credentials.payment_tokens import PaymentTokenRow
from bank.ledger import AccountRow
from bank.store import Transaction, idempotency
from transfers.domain import transfer as domain
from transfers.domain.transfer import Instruction, Status
from transfers.tables import TransferRow

# A review that nobody has decided by then is a rejection.
REVIEW = timedelta(days=7)


NOTHING_SAID = risk.RequestContext()


Read = Callable[[Sequence[store.Key]], list[Any]]


def risk_check_of(
    instruction: Instruction,
    principal: Principal | None = None,
    request_context: risk.RequestContext = NOTHING_SAID,
) -> risk.RiskCheck:
    """Return the risk check of the transfer."""
    movement = risk.Movement.of(
        "transfer",
        request_context,
        account_id=instruction.from_account_id,
        amount=instruction.amount,
        currency=instruction.currency,
        client_id=instruction.client_id,
        payee=instruction.to_account_id,
    )
    return risk.RiskCheck(movement, instruction.transfer_id, principal, request_context.token)


def keys(instruction: Instruction, risk_check: risk.RiskCheck) -> list[store.Key]:
    """Keys to read: an earlier delivery's record, sender, receiver, and risk's."""
    return [
        (TransferRow, instruction.transfer_id),
        (AccountRow, instruction.from_account_id),
        (AccountRow, instruction.to_account_id),
        *risk_check.keys(),
    ]


@dataclass(frozen=True)
class _Snapshot:
    """Rows that the decision is made on."""

    source: ledger.Account
    target: ledger.Account
    sender: AccountRow
    assessment: risk.Assessment


def transfer(
    *,
    instruction: Instruction,
    principal: Principal | None,
    request_context: risk.RequestContext = NOTHING_SAID,
    read: Read = store.get_many,
    refusal: errors.Refusal | None = None,
) -> tuple[TransferRow, bool]:
    """Carry out a transfer once; its record, succeeded or declined, and whether this was a replay.

    `principal` sends what is theirs to see, to anybody; nobody calls for a batch's line, whose sender was
    looked at when the batch was announced.
    `read` answers `keys`; a row that it had before is good enough, since the write's conditions decide.
    With a `refusal`, a transfer that has not been carried out before is declined by it.

    Raises AccountNotFound, AccountKind, CurrencyMismatch (for a batch's line these too are recorded) and
    KeyReused, SessionEnded, ChallengeRequired, Forbidden (a payment token that is not good for this).
    """
    started, risk_check = clock.instant(), risk_check_of(instruction, principal, request_context)
    assessments: list[risk.Assessment] = []

    def declined(refusal: dict[str, Any]) -> TransferRow:
        row = _row(
            instruction,
            Status.DECLINED,
            risk_check,
            assessments[-1] if assessments else None,
            created_at=started,
        )
        row.decline = {"code": refusal["code"], "detail": refusal["detail"]}
        return row

    def act() -> TransferRow:
        found = _find(instruction, risk_check, principal, read)
        assessments.append(found.assessment)
        if refusal:
            raise refusal
        return _book(instruction, risk_check, found)

    try:
        return idempotency.once(
            record=lambda: store.get(TransferRow, instruction.transfer_id),
            request_digest=instruction.request_digest,
            act=act,
            refused=declined,
        )
    except errors.Refusal as refusal:
        # It has been recorded: a declined transfer is an answer, not an error.
        return declined(idempotency.refusal(refusal)), False


def _book(instruction: Instruction, risk_check: risk.RiskCheck, found: _Snapshot) -> TransferRow:
    """Decide and write. What is refused here before the write would be refused by its conditions too."""
    source, target, assessment = found.source, found.target, found.assessment
    refusal = _refusal(instruction, found)
    if refusal:
        raise refusal
    token = _cleared(instruction, risk_check, found)
    now = clock.instant()
    row = _row(instruction, Status.SUCCEEDED, risk_check, assessment, created_at=now)
    transaction = Transaction()
    risk_check.spend(transaction, token)
    if assessment.held:
        row.status, row.journal_id = Status.IN_REVIEW.value, None
        row.review_until = clock.instant(clock.parse(now) + REVIEW)
        transaction.create(row)
        ledger.holds.place(
            transaction,
            hold_id=instruction.hold_id,
            account=source,
            amount=instruction.amount,
            payee_account_id=target.account_id,
            expires_at=row.review_until,
            reference=instruction.transfer_id,
            spend=assessment.spend,
        )
    else:
        transaction.create(row)
        ledger.post(
            transaction,
            domain.journal_of(instruction, now),
            {source.account_id: source, target.account_id: target},
            made_by=risk_check.actor_id,
            spending={source.account_id} if domain.spends(source) else frozenset(),
            spend=assessment.spend,
        )
    transaction.commit()
    return row


def _refusal(instruction: Instruction, found: _Snapshot) -> errors.Refusal | None:
    """Return the refusal known before the write, or None; the write's own conditions decide."""
    if domain.spends(found.source):
        refusal = ledger.spend_refusal(found.source, instruction.amount, found.assessment.spend)
    else:
        refusal = ledger.debit_refusal(found.source, instruction.amount)
    return refusal or ledger.credit_refusal(found.target)


def _cleared(
    instruction: Instruction, risk_check: risk.RiskCheck, found: _Snapshot
) -> PaymentTokenRow | None:
    """Clear the assessment. Nobody is there to confirm a batch's line or to wait for it: it is declined."""
    if instruction.batch_id is None:
        return risk_check.clear(found.assessment, found.source, found.sender)
    if found.assessment.held:
        raise errors.Refusal("risk would have a person look at this", code="review_required")
    try:
        return risk_check.clear(found.assessment, found.source, found.sender)
    except risk.ChallengeRequired as asked:
        raise errors.Refusal("the customer must confirm this", code=asked.code) from asked


def _find(
    instruction: Instruction, risk_check: risk.RiskCheck, principal: Principal | None, read: Read
) -> _Snapshot:
    """Sender, receiver and the verdict."""
    earlier, sender, receiver, *of_risk = read(keys(instruction, risk_check))
    risk_check.admit(of_risk)
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    if sender is None or receiver is None:
        missing = instruction.from_account_id if sender is None else instruction.to_account_id
        raise _mistaken(instruction, ledger.AccountNotFound(f"there is no account {missing}"))
    ledger.accounts.require_visible(instruction.from_account_id, sender, principal)
    source, target = (row.to_domain() for row in ledger.rows.wholes([sender, receiver]))
    mistake = domain.mistake(instruction, source, target)
    if mistake:
        raise _mistaken(instruction, mistake)
    return _Snapshot(source, target, sender, risk_check.assess(of_risk, source, unit_id=sender.unit_id))


def _mistaken(instruction: Instruction, mistake: errors.BankError) -> errors.BankError:
    """A caller mends a mistake and sends again; nobody sends a line again, so it is recorded as refused."""
    if instruction.batch_id is None:
        return mistake
    return errors.Refusal(mistake.detail, code=mistake.code)


def _row(
    instruction: Instruction,
    status: Status,
    risk_check: risk.RiskCheck,
    assessment: risk.Assessment | None,
    *,
    created_at: str,
) -> TransferRow:
    return TransferRow(
        transfer_id=instruction.transfer_id,
        client_id=instruction.client_id,
        status=status.value,
        from_account_id=instruction.from_account_id,
        to_account_id=instruction.to_account_id,
        amount=instruction.amount,
        currency=instruction.currency,
        note=instruction.note,
        journal_id=instruction.journal_id if status is Status.SUCCEEDED else None,
        created_at=created_at,
        batch_id=instruction.batch_id,
        line=instruction.line,
        request_digest=instruction.request_digest,
        customer_id=assessment.customer_id if assessment else None,
        unit_id=assessment.unit_id if assessment else HEAD_OFFICE,
        device_id=risk_check.movement.device_id or None,
        risk=assessment.verdict.pack() if assessment else None,
    )
