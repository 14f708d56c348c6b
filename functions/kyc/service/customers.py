"""The customer that a verification or a card is of: whose they are, as their wallet tells."""

from bank import errors
from bank.access.principal import Kind, Ownership, Principal
from bank.config import config
from bank.ledger import AccountRow, Status
from bank.ledger.wallets import wallet_id
from bank.store import Key, Transaction
from kyc import tables
from kyc.tables import ProfileRow


class CustomerUnknown(errors.NotFound):
    """404: no such customer, or not the caller's to see."""

    code, title = "customer_unknown", "No such customer"


class CustomerClosed(errors.Conflict):
    """409: the customer has left the bank."""

    code, title = "customer_closed", "Customer closed"


def wallet_key(customer_id: str) -> Key:
    """Key of a customer's wallet in the home currency, which the customers room opens with the customer."""
    return AccountRow, wallet_id(customer_id, config.home_currency)


def require_visible(customer_id: str, wallet: AccountRow | None, principal: Principal) -> Ownership:
    """Return the ownership of a customer visible to `principal`. Raises CustomerUnknown, CustomerClosed."""
    missing = CustomerUnknown(f"there is no customer {customer_id}")
    if wallet is None or wallet.owner_id != customer_id:
        raise missing
    ownership = Ownership(wallet.client_id, wallet.unit_id, customer_id)
    principal.require_sees(ownership, missing)
    if wallet.status == Status.CLOSED:
        raise CustomerClosed(f"customer {customer_id} has left")
    return ownership


def require_staying(transaction: Transaction, customer_id: str) -> None:
    """Let nothing be kept of a customer whose leaving this room has heard of. Refused: CustomerClosed."""
    transaction.check(
        tables.profile_key(customer_id),
        ProfileRow.closed_at.does_not_exist(),
        lambda _: CustomerClosed(f"customer {customer_id} has left"),
    )


def own_id(principal: Principal) -> str:
    """The id of the customer who calls."""
    assert principal.kind is Kind.CUSTOMER, "a route of /me is for customers alone"
    return principal.subject
