"""Codes that a customer shows to pay."""

from bank import clock, errors
from bank.access import acts
from bank.http import Call
from payments import schemas
from payments.routes.api import PAYERS, app
from payments.service import codes


@app.post(
    "/payment-codes",
    act=acts.CODE_DOOR,
    scope="payments:write",
    callers=PAYERS,
    status=201,
    body=schemas.CreatePaymentCode,
    answer=schemas.PaymentCodeAnswer,
    problems=[errors.NotFound, errors.Refusal],
)
def create_payment_code(call: Call, body: schemas.CreatePaymentCode) -> schemas.PaymentCodeAnswer:
    """A code for the customer to present: 18 digits and their QR, good once for 60 seconds."""
    code, row = codes.create(account_id=body.account_id, principal=call.principal)
    return schemas.PaymentCodeAnswer(
        code=code,
        account_id=row.account_id,
        expires_at=clock.parse(row.expires_at),
        qr_svg=codes.qr_svg(code),
    )
