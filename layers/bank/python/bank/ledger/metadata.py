"""Facts that one room keeps on an account for the others: a wallet's customer, a merchant and its terms.

They travel with the account's row, so that a room which moves money reads them at no further round trip.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

CUSTOMER, MERCHANT = "customer", "merchant"


@dataclass(frozen=True)
class WalletCustomer:
    """The customer whose wallet it is; the customers room writes it.

    `level` is of KYC (1 to 3). What leaves in a business day without a payment token is at most
    `free_limit`, in minor units of the wallet's currency. `since` is when the customer registered.
    """

    customer_id: str
    level: int
    free_limit: int
    since: str

    @classmethod
    def of(cls, metadata: Mapping[str, Any] | None) -> "WalletCustomer | None":
        """From an account's metadata; None where it is no customer's wallet."""
        facts = (metadata or {}).get(CUSTOMER)
        if not facts:
            return None
        return cls(facts["customer_id"], int(facts["level"]), int(facts["free_limit"]), facts["since"])

    def on(self, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The metadata with these facts, and what else was there."""
        return _on(metadata, CUSTOMER, asdict(self))


@dataclass(frozen=True)
class MerchantTerms:
    """A merchant and its terms, on its settlement account in the home currency; the merchants room writes it.

    `fee` is {basis_points, min?, max?}, `settlement` the settlement cycle (`T+1`), `category` its code of
    ISO 18245; "" where it was written before it was kept here.
    """

    merchant_id: str
    name: str
    status: str
    fee: Mapping[str, Any]
    settlement: str
    currencies: tuple[str, ...]
    category: str = ""

    @property
    def days(self) -> int:
        """Return the working days that money waits before it is paid out."""
        return int(self.settlement.removeprefix("T+") or 0)

    @classmethod
    def of(cls, metadata: Mapping[str, Any] | None) -> "MerchantTerms | None":
        """From an account's metadata; None where it carries no merchant's terms."""
        facts = (metadata or {}).get(MERCHANT)
        if not facts:
            return None
        return cls(
            merchant_id=facts["merchant_id"],
            name=facts.get("name", ""),
            status=facts["status"],
            fee=facts["fee"],
            settlement=facts.get("settlement", ""),
            currencies=tuple(facts.get("currencies", ())),
            category=facts.get("category", ""),
        )

    def on(self, metadata: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The metadata with these facts, and what else was there."""
        return _on(metadata, MERCHANT, {**asdict(self), "currencies": list(self.currencies)})


def _on(metadata: Mapping[str, Any] | None, name: str, facts: dict[str, Any]) -> dict[str, Any]:
    return {**(metadata or {}), name: facts}
