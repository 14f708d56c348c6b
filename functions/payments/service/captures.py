"""Capture and cancellation of an authorized payment, as its payee asks for them."""

from collections.abc import Callable
from typing import Any

from bank import clock, store
from bank.access.principal import Principal
from bank.ledger import Hold
from bank.store import Transaction, idempotency
from payments import domain
from payments.domain import Status
from payments.service import scope
from payments.service.holds import capture_hold, commit, load, payment_and_hold, release
from payments.tables import OperationRow, PaymentRow


def capture(
    *, payment_id: str, operation_id: str, request_digest: str, amount: int | None, principal: Principal
) -> tuple[PaymentRow, OperationRow, bool]:
    """Capture `amount` of the hold, or all of it; the payment, the capture, and whether this was a replay.

    Raises NotFound, NotThePayee, KeyReused, NotAuthorized, CaptureTooLarge, CaptureTooSmall.
    """
    record = f"capture#{operation_id}"
    return _operate(
        payment_id,
        record,
        request_digest,
        principal,
        lambda: _capture(payment_id, record, request_digest, amount, principal),
    )


def cancel(
    *, payment_id: str, operation_id: str, request_digest: str, principal: Principal
) -> tuple[PaymentRow, OperationRow, bool]:
    """Void the hold; as `capture`."""
    record = f"cancel#{operation_id}"
    return _operate(
        payment_id,
        record,
        request_digest,
        principal,
        lambda: _cancel(payment_id, record, request_digest, principal),
    )


def _operate(
    payment_id: str, record: str, request_digest: str, principal: Principal, act: Callable[[], OperationRow]
) -> tuple[PaymentRow, OperationRow, bool]:
    def refused(refusal: dict[str, Any]) -> OperationRow:
        return _operation(payment_id, record, request_digest, principal, amount=0, refusal=refusal)

    operation, replayed = idempotency.once(
        record=lambda: store.get(OperationRow, payment_id, record),
        request_digest=request_digest,
        act=act,
        refused=refused,
    )
    return load(payment_id), operation, replayed


def _capture(
    payment_id: str, record: str, request_digest: str, amount: int | None, principal: Principal
) -> OperationRow:
    payment, hold = _authorized(payment_id, record, principal)
    amount = int(payment.amount) if amount is None else amount
    if amount > int(payment.amount):
        raise domain.CaptureTooLarge(f"{int(payment.amount)} was authorized, not {amount}")
    operation = _operation(payment_id, record, request_digest, principal, amount=amount)
    transaction = Transaction()
    capture_hold(
        transaction, payment, hold, amount, clock.instant(), made_by=principal.actor_id, first=operation
    )
    commit(transaction)
    return operation


def _cancel(payment_id: str, record: str, request_digest: str, principal: Principal) -> OperationRow:
    payment, hold = _authorized(payment_id, record, principal)
    operation = _operation(payment_id, record, request_digest, principal, amount=int(payment.amount))
    transaction = Transaction()
    transaction.create(operation)
    release(transaction, payment, hold, Status.CANCELLED)
    commit(transaction)
    return operation


def _authorized(payment_id: str, record: str, principal: Principal) -> tuple[PaymentRow, Hold]:
    """The payment and its hold, while one end of it is still open. Raises NotThePayee, NotAuthorized."""
    payment, hold = payment_and_hold(payment_id, record)
    scope.payee_of(payment_id, payment, principal)
    if payment.state is not Status.AUTHORIZED or hold is None:
        raise domain.NotAuthorized(f"payment {payment_id} is {payment.status}")
    if hold.due(clock.instant()):
        raise domain.NotAuthorized(f"payment {payment_id} has expired")
    return payment, hold


def _operation(
    payment_id: str,
    record: str,
    request_digest: str,
    principal: Principal,
    *,
    amount: int,
    fee: int = 0,
    refusal: dict[str, Any] | None = None,
) -> OperationRow:
    return OperationRow(
        payment_id=payment_id,
        record=record,
        amount=amount,
        fee=fee,
        made_by=principal.actor_id,
        created_at=clock.instant(),
        request_digest=request_digest,
        refusal=refusal,
    )
