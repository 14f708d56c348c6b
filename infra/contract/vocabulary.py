"""What fields of these names, formats and kinds of id hold in examples."""

from typing import Any

ULID = "01JDB3W6Q2V0M8C4T5R7N9XKHE"
OTHER = "01JDB3W6Q2V0M8C4T5R7N9XKHF"
INSTANT = "2026-01-15T01:30:00Z"
EMVCO = (
    "00020101021126500012org.perkbank0130mer_01JDB3W6Q2V0M8C4T5R7N9XKHE"
    "5204573553031565802CN5917Blue Note Records6008Shanghai6304BA49"
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="296" height="296">...</svg>'

# What an id that ends so begins with.
PREFIXES = {
    "account": "wal",
    "settlement_account": "stl",
    "merchant": "mer",
    "payment": "pay",
    "refund": "ref",
    "split": "spl",
    "transfer": "trf",
    "batch": "bat",
    "client": "cli",
    "payout": "po",
    "journal": "jrn",
    "movement": "dep",
    "hold": "hld",
    "grant": "grt",
    "role": "rol",
    "parent": "unit",
    "unit": "unit",
    "staff": "stf",
    "screening": "scr",
    "list": "lst",
    "report": "rpt",
    "alert": "alt",
    "customer": "cus",
    "session": "ses",
    "device": "dev",
}

BY_NAME: dict[str, Any] = {
    "owner_id": "own_0001",
    "merchant_order_no": "CD-0001",
    "currency": "CNY",
    "name": "Blue Note Records",
    "category_code": "5735",
    "basis_points": 60,
    "amount": 1990,
    "total_amount": 1990,
    "captured_amount": 1990,
    "balance": 250000,
    "balance_after": 250000,
    "available": 248010,
    "held": 1990,
    "refunded_amount": 0,
    "split_amount": 0,
    "min": 1,
    "max": 50000,
    "settlement": "T+1",
    "country": "CN",
    "city": "Shanghai",
    "bank_code": "102290000011",
    "account_number": "6222021234567890123",
    "holder_name": "Blue Note Records Ltd",
    "fee": 12,
    "fee_returned": 6,
    "net": 1978,
    "sum": 0,
    "per_payment": 50000,
    "per_day": 200000,
    "per_month": 2000000,
    "per_year": 20000000,
    "reference": "2026-01-15/0001",
    "source": "bank_transfer",
    "destination": "bank_transfer",
    "counterparty": "bank_transfer",
    "password": "lamp-Otter-meadow-42",
    "current_password": "lamp-Otter-meadow-41",
    "device_name": "Mate 70",
    "device_token": f"dev_{ULID}.q0jTlWZ2aZt3bXy5uJ1v9R8mWc7nKf4eHs6gDp2oLxA",
    "recovery_code": "1f3a9-0c2be-77d41-e85f6",
    "nickname": "Xiao Ming",
    "birthday": "1990-05-17",
    "kept_until": "2036-01-15",
    "phone": "+8613800138000",
    "unit_id": "unit_head",
    "payment_password": "274916",
    "reason": "asked for by the customer",
    "description": "Two records",
    "note": "Lunch",
    "detail": "what it is, in a sentence",
    "file_name": "salaries.csv",
    "code": "insufficient_funds",
    "what": "balance",
    "next_cursor": "d2FsXzAxSkRCM1c2",
    "cursor": "d2FsXzAxSkRCM1c2",
    "as_of": INSTANT,
    "date": "2026-01-15",
    "business_date": "2026-01-15",
}
BY_FORMAT: dict[str, Any] = {
    "date-time": INSTANT,
    "date": "2026-01-15",
    "uri": "https://example.com/",
    "email": "office@example.com",
}

# Fields of a model whose values go together, or that their names do not tell.
BY_MODEL: dict[str, dict[str, Any]] = {
    "AccountAnswer": {"balance": 250000, "held": 1990, "available": 248010},
    "CustomerAnswer": {"phone": "+86138****8000", "closed_at": None, "kept_until": None},
    "MeAnswer": {"phone": "+86138****8000", "closed_at": None, "kept_until": None},
    "WalletAnswer": {"balance": 250000, "available": 248010, "free_limit": 100000},
    "EntryAnswer": {"kind": "payment", "direction": "debit", "counterparty": f"stl_{ULID}"},
    "JournalAnswer": {
        "kind": "payment",
        "legs": [
            {"account_id": f"wal_{ULID}", "direction": "debit", "amount": 1990},
            {"account_id": f"stl_{ULID}", "direction": "credit", "amount": 1978},
            {"account_id": "int_fees_CNY", "direction": "credit", "amount": 12},
        ],
    },
    "VerificationAnswer": {"accounts": 1200, "journals": 68000, "difference_count": 0, "differences": []},
    "MerchantAnswer": {"status_reason": None},
    "QrAnswer": {"payload": EMVCO, "svg": SVG},
    "PaymentAnswer": {"status": "succeeded", "expires_at": None, "fee_returned": 0},
    "PaymentSplit": {"receivers": {f"mer_{OTHER}": 1000}},
    "PaymentCodeAnswer": {"code": "880123456789012345", "qr_svg": SVG},
    "Links": {
        "self": f"/payments/pay_{ULID}",
        "refunds": f"/payments/pay_{ULID}/refunds",
        "splits": f"/payments/pay_{ULID}/splits",
        "capture": None,
        "cancel": None,
    },
    "TransferAnswer": {"to_account_id": f"wal_{OTHER}"},
    "Upload": {
        "url": "https://s3.example.com/uploads/batch?X-Amz-Signature=...",
        "headers": {"Content-Type": "text/csv"},
    },
    "BatchAnswer": {"status": "completed", "total_count": 100, "total_amount": 199000},
    "Counts": {"pending": 0, "succeeded": 98, "declined": 1, "rejected": 1},
    "Amounts": {"total": 199000, "succeeded": 195020},
    "BatchLinks": {
        "self": f"/transfer-batches/bat_{ULID}",
        "results": f"/transfer-batches/bat_{ULID}/results",
    },
    "TokenAnswer": {"access_token": "eyJhbGciOiJSUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl"},
    "Jwk": {"kid": "bT1hVE8yXzZ3", "n": "s3p0bW9kdWx1cw", "e": "AQAB"},
    "OpenApiDocument": {"openapi": "3.0.1", "info": {"title": "Perkbank", "version": "1.0.0"}},
}

# Where an operation's answer shows what it has just done.
BY_OPERATION: dict[str, dict[str, Any]] = {
    "open_account": {"balance": 0, "held": 0, "available": 0},
    "freeze_account": {"status": "frozen"},
    "close_account": {"status": "closed", "balance": 0, "held": 0, "available": 0},
    "withdraw": {"movement_id": f"wdr_{ULID}", "type": "withdrawal"},
    "cancel_payment": {"status": "cancelled", "capture": "manual", "captured_amount": 0, "fee": 0, "net": 0},
    "capture_payment": {"capture": "manual"},
    "suspend_merchant": {"status": "suspended", "status_reason": "asked for by the customer"},
}
