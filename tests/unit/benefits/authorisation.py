"""Who may call which of the benefits room's operations."""

from tests.support.authorisation import (
    CHANNELS,
    CUSTOMERS,
    KEEPERS,
    LIST,
    OWN,
    PAYERS,
    RECORD,
    STAFF,
    Rule,
    rules,
)

PRODUCT, ENTITLEMENT = "/benefit-products/{product}", "/entitlements/{entitlement}"
ORDER = {"merchant_id": "{merchant}", "merchant_order_no": "order-1"}
RULES = {
    "create_benefit_product": Rule(OWN, STAFF),
    **rules("list_benefit_products", LIST, KEEPERS, "benefits/test_products"),
    "get_benefit_product": Rule(RECORD, STAFF, PRODUCT),
    "get_benefit_caps": Rule(RECORD, STAFF, f"{PRODUCT}/caps"),
    "withdraw_benefit_product": Rule(RECORD, STAFF, f"{PRODUCT}/withdrawal", {"reason": "r"}),
    **rules(
        "redraft_benefit_product publish_benefit_product return_benefit_product",
        RECORD,
        STAFF,
        "benefits/test_products",
    ),
    **rules("load_voucher_codes", RECORD, STAFF, "benefits/test_vouchers"),
    "list_benefit_shelf": Rule(OWN),
    # No customer's wallet is in the matrix's bank.
    "claim_benefit": Rule(
        RECORD,
        PAYERS,
        "/entitlements",
        {"product_id": "{product}", "account_id": "{wallet}", "customer_id": "own_1"},
        shown_in="tests/unit/benefits/test_claims.py",
    ),
    "list_entitlements": Rule(LIST, query={"account_id": "{wallet}"}),
    "get_entitlement": Rule(RECORD, path=ENTITLEMENT),
    **rules("get_entitlement_usability", RECORD, shown_in="benefits/test_quotes"),
    "reserve_entitlement": Rule(RECORD, PAYERS, f"{ENTITLEMENT}/reservation", ORDER),
    "release_entitlement": Rule(RECORD, PAYERS, f"{ENTITLEMENT}/release", ORDER),
    "give_entitlement": Rule(
        RECORD,
        PAYERS,
        f"{ENTITLEMENT}/gift",
        {"account_id": "{wallet}"},
        shown_in="tests/unit/benefits/test_entitlements.py",
    ),
    "revoke_entitlement": Rule(RECORD, STAFF, f"{ENTITLEMENT}/revocation", {"reason": "r"}),
    "create_redemption_code": Rule(
        RECORD, CUSTOMERS, f"{ENTITLEMENT}/code", shown_in="tests/unit/benefits/test_redemptions.py"
    ),
    **rules("redeem_by_code reverse_redemption_by_code", RECORD, CHANNELS, "benefits/test_redemptions"),
    **rules("get_redemption_by_code", RECORD, KEEPERS, "benefits/test_redemptions"),
    "quote_promotions": Rule(
        RECORD,
        PAYERS,
        "/promotions/quote",
        {"account_id": "{wallet}", "merchant_id": "{merchant}", "amount": 5, "currency": "CNY"},
        shown_in="tests/unit/benefits/test_quotes.py",
    ),
}
