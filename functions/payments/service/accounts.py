"""The accounts that a payment touches: the payer's, and the merchant's settlement account by currency."""

from bank import errors, ledger, store
from bank.config import config
from bank.ledger import AccountRow
from bank.ledger.payees import settlement_id
from payments.domain import Merchant


class MerchantNotFound(errors.NotFound):
    """404: no such merchant, or not the caller's to see."""

    code = "merchant_not_found"


class NotAPayer(errors.Unprocessable):
    """422: this account cannot pay this."""

    code, title = "not_a_payer", "Not a payer"


def keys(merchant_id: str, currency: str) -> list[store.Key]:
    """Keys of a merchant's terms account and of its settlement account in the currency."""
    return [
        (AccountRow, settlement_id(merchant_id, config.home_currency)),
        (AccountRow, settlement_id(merchant_id, currency)),
    ]


def keys_of_lately(merchant_id: str, currency: str) -> list[store.Key]:
    """The same, good enough to pay by: rows of a merchant that takes in much may be some seconds old."""
    return [store.lately(*key) for key in keys(merchant_id, currency)]


def merchant(merchant_id: str, terms_account: AccountRow | None) -> Merchant:
    """The merchant's terms. Raises MerchantNotFound."""
    terms = ledger.MerchantTerms.of(terms_account.metadata) if terms_account else None
    if terms_account is None or terms is None:
        raise MerchantNotFound(f"there is no merchant {merchant_id}")
    return Merchant.of(terms, terms_account.currency)


def ensure_settlement(
    merchant_id: str, currency: str, row: AccountRow | None, terms_account: AccountRow
) -> str:
    """The id of the merchant's account in `currency`, opened now if this is its first payment in it.

    Its channel and unit are those of the merchant's `terms_account`.
    """
    account_id = settlement_id(merchant_id, currency)
    if row is None:
        opened = ledger.accounts.new_row(
            account_id=account_id,
            owner_id=merchant_id,
            kind=ledger.Kind.SETTLEMENT,
            currency=currency,
            client_id=terms_account.client_id,
            unit_id=terms_account.unit_id,
        )
        ledger.accounts.open_account(opened)
    return account_id


def payer(account_id: str, row: AccountRow | None, currency: str, settlement: str) -> ledger.Account:
    """The payer's account. Raises AccountNotFound, AccountKind, CurrencyMismatch, NotAPayer."""
    if account_id == settlement:
        raise NotAPayer(f"account {account_id} cannot pay this")
    return ledger.accounts.named(account_id, row, principal=None, currency=currency).to_domain()
