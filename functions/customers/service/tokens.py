"""Payment tokens: the payment password, or the authenticator, exchanged for one movement of money."""

from bank.control import audit
from bank.control.audit import Actor
from bank.credentials import payment_tokens
from bank.store import Transaction
from customers.service import factors, pins
from customers.service.factors import PresentedCredentials, Proof
from customers.service.people import Person, require_active
from customers.service.pins import PinProof


def issue(
    *, person: Person, amount: int, currency: str, payee: str, pin: str | None, code: str | None, actor: Actor
) -> tuple[str, payment_tokens.PaymentTokenRow]:
    """A token for one movement of money, for the payment password or the authenticator's code.

    Raises PaymentPasswordInvalid, PaymentPasswordLocked, FactorInvalid.
    """

    def issued(proof: Proof | PinProof, method: str) -> tuple[str, payment_tokens.PaymentTokenRow]:
        transaction = Transaction()
        proof.spend(transaction)
        require_active(transaction, person.customer_id)
        token = payment_tokens.issue(
            transaction,
            customer_id=person.customer_id,
            amount=amount,
            currency=currency,
            payee=payee,
            method=method,
        )
        audit.record(
            transaction,
            actor=actor,
            action="customers.payment_token_issued",
            subject_id=person.customer_id,
            ownership=person.customer.ownership,
            after={"amount": amount, "currency": currency, "payee": payee, "method": method},
        )
        transaction.commit()
        return token

    if pin is None:
        return issued(factors.prove(person, PresentedCredentials(totp=code)), "totp")
    with pins.verified(person, pin) as proof:
        return issued(proof, "payment_password")
