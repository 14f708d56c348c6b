"""Consequences of a verdict before money moves: a refusal, a challenge to the customer, or none."""

from datetime import timedelta

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank import clock, errors
from bank.access.principal import Ownership
from bank.credentials import payment_tokens
from bank.credentials.payment_tokens import PaymentTokenRow
from bank.ledger.domain import Account
from bank.ledger.metadata import WalletCustomer
from bank.risk.movement import Movement
from bank.risk.verdict import Outcome, Verdict
from bank.store import Table, table_name

KEPT = timedelta(days=400)
METHODS = ("payment_password", "totp")
FREE_LIMIT = "above_free_limit"


class RiskDeclined(errors.Refusal):
    """409: refused for risk. The reasons are on the record, not in the answer: they would teach a thief."""

    code, title = "risk_declined", "Declined"


class ChallengeRequired(errors.Forbidden):
    """403: the customer must show more first: come again, same key, with a payment token (`methods`)."""

    code, title = "challenge_required", "Confirmation required"


class ChallengeRow(Table):
    """Last challenge of a payer, with its reasons. One row for a record, however often it came."""

    class Meta:
        table_name = table_name("risk-challenges")

    record_id = UnicodeAttribute(hash_key=True)
    product = UnicodeAttribute()
    account_id = UnicodeAttribute()
    owner_id = UnicodeAttribute()
    client_id = UnicodeAttribute()
    unit_id = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    asked_at = UnicodeAttribute()
    risk: JSONAttribute = JSONAttribute()
    purge_at = NumberAttribute()


def payee_of(movement: Movement) -> str:
    """Return the payee that a payment token for this must name."""
    return movement.payee or payment_tokens.WITHDRAWAL


def clear(
    movement: Movement,
    verdict: Verdict,
    account: Account,
    kept_by: Ownership,
    token: str | None,
    row: PaymentTokenRow | None,
    record_id: str,
) -> PaymentTokenRow | None:
    """Let the movement go on, with the token to use up in its transaction, if one was given.

    A payer's free limit of a day asks for one above it whatever the verdict; the write counts against it.
    Raises RiskDeclined, ChallengeRequired (kept in `risk-challenges`, one put) and payment_tokens' Forbidden
    for a token that is not good for this.
    """
    if verdict.outcome is Outcome.DECLINE:
        raise RiskDeclined("this was declined")
    if token:
        now = clock.instant()
        return payment_tokens.require(
            row,
            customer_id=account.owner_id,
            amount=movement.amount,
            currency=movement.currency,
            payee=payee_of(movement),
            now=now,
        )
    above = over_free_limit(account, movement.amount)
    if above or verdict.outcome is Outcome.CHALLENGE:
        _keep(movement, verdict, account, kept_by, record_id, above)
        methods = list(METHODS) if WalletCustomer.of(account.metadata) else []
        raise ChallengeRequired("the customer must confirm this: send a payment_token", methods=methods)
    return None


def over_free_limit(account: Account, amount: int) -> bool:
    """Return whether a customer has to confirm so much, with what left the wallet unconfirmed today."""
    customer, today = WalletCustomer.of(account.metadata), clock.business_date().isoformat()
    return customer is not None and account.free_spent_on(today) + amount > customer.free_limit


def _keep(
    movement: Movement, verdict: Verdict, account: Account, kept_by: Ownership, record_id: str, above: bool
) -> None:
    now, summary = clock.now(), verdict.summary()
    if above:
        summary["reasons"] = [*summary["reasons"], FREE_LIMIT]
    ChallengeRow(
        record_id=record_id,
        product=movement.product,
        account_id=account.account_id,
        owner_id=account.owner_id,
        client_id=movement.client_id,
        unit_id=kept_by.unit_id,
        amount=movement.amount,
        currency=movement.currency,
        asked_at=clock.instant(now),
        risk=summary,
        purge_at=int((now + KEPT).timestamp()),
    ).save()
