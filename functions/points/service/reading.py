"""A customer's points as they are now, and what a payment earns."""

from dataclasses import dataclass

from bank import clock, errors, store
from bank.access.principal import Ownership, Principal
from bank.config import config
from bank.ledger import AccountRow
from bank.ledger.wallets import wallet_id
from bank.points import accounts
from points.service import programmes
from points.tables import EarningRow, LiveRow, MemberRow


class NoPoints(errors.NotFound):
    """404: no such customer, or not the caller's to see."""

    code, title = "customer_not_found", "Customer not found"


class EarningNotFound(errors.NotFound):
    """404: no such payment has earned points, or it is not the caller's to see."""

    code, title = "earning_not_found", "Earning not found"


@dataclass(frozen=True)
class Points:
    """Rows of a customer: account, if there is one, and what is kept of them as a member."""

    customer_id: str
    account: AccountRow | None
    member: MemberRow | None
    tier: str | None = None


def find(*, customer_id: str, principal: Principal) -> Points:
    """A customer's points, for a caller who may see the customer. One round trip. Raises NoPoints."""
    account, member, wallet, live = store.get_many(
        [accounts.key(customer_id), (MemberRow, customer_id), _wallet(customer_id), programmes.POINTER]
    )
    known = wallet or account
    missing = NoPoints(f"there is no customer {customer_id}")
    if known is None:
        raise missing
    principal.require_sees(known.ownership, missing)
    return Points(customer_id, account, member, _tier(member, live))


def _tier(member: MemberRow | None, live: LiveRow | None) -> str | None:
    """The tier in which the customer earns now, by the live programme."""
    if member is None or live is None:
        return None
    year = clock.business_date().isoformat()[:4]
    tier = member.qualified.in_year(year).tier(programmes.known(live.programme_id).to_terms().tiers)
    return tier.name if tier else None


def owner(customer_id: str, principal: Principal) -> Ownership:
    """Ownership of a customer, by the wallet that each is registered with. Raises NoPoints."""
    wallet = store.get(*_wallet(customer_id))
    missing = NoPoints(f"there is no customer {customer_id}")
    if wallet is None:
        raise missing
    principal.require_sees(wallet.ownership, missing)
    found: Ownership = wallet.ownership
    return found


def find_earning(*, payment_id: str, principal: Principal) -> EarningRow:
    """Earning of a payment. One round trip. Raises EarningNotFound."""
    missing = EarningNotFound(f"the payment {payment_id} has earned no points")
    row = store.get(EarningRow, payment_id)
    if row is None or not row.customer_id:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def _wallet(customer_id: str) -> store.Key:
    return AccountRow, wallet_id(customer_id, config.home_currency)
