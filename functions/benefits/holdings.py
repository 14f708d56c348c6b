"""Personal data that this room keeps, table by table: what an export gives of it, and what closure leaves."""

from bank.benefits.tables import EntitlementIndexRow, EntitlementRow, OfferRow
from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, impersonal, kept
from benefits.tables import ClaimRow, ProductRow

HOLDINGS = (
    Holding(
        model=EntitlementRow,
        whose=Whose.CUSTOMERS,
        holds="entitlements: to which benefit, how long, how they were used, the verdict on their claim",
        personal=("risk", "last", "device_id"),
        given="entitlements",
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=EntitlementIndexRow,
        whose=Whose.CUSTOMERS,
        holds="which entitlements a customer has",
        withheld=Ground.ELSEWHERE,
        end=kept(laws.TRANSACTIONS),
    ),
    impersonal(ClaimRow, "which entitlement a request was granted"),
    impersonal(ProductRow, "benefit products, and who of staff drafted them", whose=Whose.STAFF),
    impersonal(OfferRow, "versions of benefit products as they were approved"),
)
