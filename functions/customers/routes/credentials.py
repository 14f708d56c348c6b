"""The authenticator, the payment password, and the payment tokens that they are exchanged for."""

from bank import clock, errors
from bank.access import acts
from bank.control import audit
from bank.http import Call
from customers import schemas
from customers.routes.api import CUSTOMERS, app, customer, presented_credentials
from customers.service import authenticators, payment, pins, tokens
from customers.service.authenticators import TotpState
from customers.service.codes import CodeInvalid
from customers.service.factors import FactorInvalid, PresentedCredentials, TotpNeeded
from customers.service.reproof import ReverificationNeeded

REPROVEN = (CodeInvalid, FactorInvalid, TotpNeeded, ReverificationNeeded)


@app.post(
    "/me/totp",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    status=201,
    answer=schemas.TotpOffer,
    problems=[errors.NotFound, TotpState],
)
def offer_totp(call: Call) -> schemas.TotpOffer:
    """A secret for an authenticator (RFC 6238). It counts once it is confirmed with a code of its own."""
    secret, uri = authenticators.offer(customer(call))
    return schemas.TotpOffer(secret=secret, uri=uri)


@app.post(
    "/me/totp/confirm",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.ConfirmTotp,
    answer=schemas.RecoveryCodes,
    problems=[*REPROVEN, pins.PaymentPasswordInvalid, pins.PaymentPasswordLocked, TotpState],
)
def confirm_totp(call: Call, body: schemas.ConfirmTotp) -> schemas.RecoveryCodes:
    """Enrol the authenticator; each login needs its code from now on. Recovery codes are shown once."""
    found = authenticators.enrol(
        person=customer(call),
        principal=call.principal,
        code=body.code,
        totp_code=body.totp,
        pin=body.current_payment_password,
        credentials=PresentedCredentials(id_number=body.id_number),
    )
    return schemas.RecoveryCodes(recovery_codes=found)


@app.post(
    "/me/totp/remove",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.RemoveTotp,
    answer=schemas.Done,
    problems=[CodeInvalid, FactorInvalid, TotpNeeded, TotpState],
)
def remove_totp(call: Call, body: schemas.RemoveTotp) -> schemas.Done:
    """Take the authenticator away; limits are lowered for a time."""
    authenticators.remove(
        person=customer(call),
        principal=call.principal,
        code=body.code,
        credentials=presented_credentials(body),
    )
    return schemas.Done()


@app.post(
    "/me/payment-password",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.SetPaymentPassword,
    answer=schemas.Done,
    problems=[
        *REPROVEN,
        pins.PaymentPasswordInvalid,
        pins.PaymentPasswordLocked,
        payment.WeakPaymentPassword,
    ],
)
def set_payment_password(call: Call, body: schemas.SetPaymentPassword) -> schemas.Done:
    """Set the payment password, or replace it; without the one before, limits are lowered for a time."""
    payment.set_password(
        person=customer(call),
        principal=call.principal,
        pin=body.payment_password,
        code=body.code,
        current=body.current_payment_password,
        credentials=presented_credentials(body),
    )
    return schemas.Done()


@app.post(
    "/me/payment-password/unlock",
    act=acts.DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    body=schemas.UnlockPaymentPassword,
    answer=schemas.Done,
    problems=[*REPROVEN, pins.PaymentPasswordLocked],
)
def unlock_payment_password(call: Call, body: schemas.UnlockPaymentPassword) -> schemas.Done:
    """Give the payment password five tries again; after more than five failures since the right one with the
    id number or the authenticator as well, and limits are lowered for a time."""
    payment.unlock(
        person=customer(call),
        principal=call.principal,
        code=body.code,
        credentials=presented_credentials(body),
    )
    return schemas.Done()


@app.post(
    "/me/payment-tokens",
    act=acts.SIGNED_DOOR,
    scope="me:write",
    callers=CUSTOMERS,
    status=201,
    body=schemas.AskPaymentToken,
    answer=schemas.PaymentTokenAnswer,
    problems=[pins.PaymentPasswordInvalid, pins.PaymentPasswordLocked, FactorInvalid],
)
def issue_payment_token(call: Call, body: schemas.AskPaymentToken) -> schemas.PaymentTokenAnswer:
    """A one-time token for one payment, transfer or withdrawal, good for five minutes."""
    token, row = tokens.issue(
        person=customer(call),
        amount=body.amount,
        currency=body.currency,
        payee=body.payee,
        pin=body.payment_password,
        code=body.totp,
        actor=audit.actor(call),
    )
    return schemas.PaymentTokenAnswer(
        payment_token=token,
        amount=body.amount,
        currency=body.currency,
        payee=body.payee,
        expires_at=clock.parse(row.expires_at),
    )
