"""Who may call which of the payments room's operations."""

from tests.support.authorisation import KEEPERS, LIST, PAYERS, RECORD, Rule

PAYMENT, HELD = "/payments/{payment}", "/payments/{held}"

RULES = {
    "create_payment": Rule(
        RECORD,
        PAYERS,
        "/payments",
        {
            "payer_account_id": "{wallet}",
            "merchant_id": "{merchant}",
            "amount": 5,
            "currency": "CNY",
            "merchant_order_no": "order-2",
        },
    ),
    "create_payment_code": Rule(RECORD, PAYERS, "/payment-codes", {"account_id": "{wallet}"}),
    "list_payments": Rule(LIST, query={"payer_account_id": "{wallet}"}),
    "get_payment": Rule(RECORD, path=PAYMENT),
    "list_refunds": Rule(RECORD, path=f"{PAYMENT}/refunds"),
    "list_splits": Rule(RECORD, path=f"{PAYMENT}/splits"),
    "capture_payment": Rule(RECORD, KEEPERS, f"{HELD}/capture", {}),
    "cancel_payment": Rule(RECORD, KEEPERS, f"{HELD}/cancel"),
    "create_refund": Rule(RECORD, KEEPERS, f"{PAYMENT}/refunds", {"amount": 1, "reason": "returned"}),
    "create_split": Rule(
        RECORD,
        KEEPERS,
        f"{PAYMENT}/splits",
        {"receivers": [{"merchant_id": "{partner}", "amount": 1}]},
    ),
}
