"""Personal data that this room keeps, table by table: what an export gives of it, and what closure leaves."""

from bank.benefits.tables import EntitlementIndexRow, EntitlementRow, OfferRow
from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, expires, impersonal, kept
from benefits.tables import (
    ClaimRow,
    ProductRow,
    RedemptionCodeRow,
    RedemptionRow,
    VoucherCodeRow,
    WrongCodesRow,
)

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
    Holding(
        model=RedemptionRow,
        whose=Whose.CUSTOMERS,
        holds="redemptions by code: of which entitlement, at which merchant, when, with the verdict",
        personal=("risk",),
        given="redemptions",
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=RedemptionCodeRow,
        whose=Whose.CUSTOMERS,
        holds="digests of redemption codes, with the device that asked for them",
        personal=("device_id",),
        withheld=Ground.SECRETS,
        end=expires("a day after they were shown"),
    ),
    impersonal(WrongCodesRow, "counts of wrong codes at a merchant, for a day", whose=Whose.MERCHANTS),
    Holding(
        model=VoucherCodeRow,
        whose=Whose.CUSTOMERS,
        holds="voucher codes, sealed, with the entitlement that each was issued with",
        personal=("sealed",),
        withheld=Ground.SECRETS,
        end=kept(laws.TRANSACTIONS),
    ),
    impersonal(ClaimRow, "which entitlement a request was granted"),
    impersonal(ProductRow, "benefit products, and who of staff drafted them", whose=Whose.STAFF),
    impersonal(OfferRow, "versions of benefit products as they were approved"),
)
