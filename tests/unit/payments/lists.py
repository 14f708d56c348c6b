"""How the lists of the payments room are tried."""

import functools

from bank import ledger
from bank.ledger import Kind
from bank.ledger.payees import settlement_id
from bank.ledger.statements import entry_shard
from bank.ledger.tables import EntryRow
from payments.service import lists, made
from payments.tables import PAYMENT, PaymentRow, RefundRow, SplitRow
from tests.support import http
from tests.support.lists import Listed, Lists, at, row

APP = {"client_id": "cli_app", "principal": http.CHANNEL}
SHOP, OTHER_SHOP, WALLET = "mer_shop", "mer_other", "wal_payer"


def _accounts() -> None:
    """The channel's merchant and wallet, another's; and what was opened in the merchant's name long ago."""
    for account_id, owner_id, kind, client_id in (
        (settlement_id(SHOP, "CNY"), SHOP, Kind.SETTLEMENT, "cli_app"),
        (settlement_id(OTHER_SHOP, "CNY"), OTHER_SHOP, Kind.SETTLEMENT, "cli_other"),
        (WALLET, "own_1", Kind.WALLET, "cli_app"),
        ("wal_theirs", "own_2", Kind.WALLET, "cli_other"),
        *((f"wal_{number:03}", SHOP, Kind.WALLET, "cli_other") for number in range(101)),
    ):
        ledger.accounts.new_row(
            account_id=account_id, owner_id=owner_id, kind=kind, currency="CNY", client_id=client_id
        ).save()


def _payment(number: int, merchant_id: str = SHOP, payer: str = WALLET, client_id: str = "cli_app") -> str:
    """A payment, with what the consumers of its changes write for lists."""
    paid = row(
        PaymentRow,
        payment_id=f"pay_{number:02}",
        status="succeeded",
        payer_account_id=payer,
        merchant_id=merchant_id,
        client_id=client_id,
        currency="CNY",
        amount=10,
        captured_amount=10,
        merchant_order_no="0000001",
        capture="automatic",
        created_at=at(number),
    )
    for index_row in lists.index_rows(paid):
        index_row.save()
    settlement = settlement_id(merchant_id, "CNY")
    _entry(
        entry_shard(settlement, f"jrn_{number}", wide=False), f"{at(number)}#jrn_{number}", "payment", number
    )
    _entry(f"{payer}#p", f"{at(number)}#{number:012}", "payment", number)
    return str(paid.payment_id)


def _entry(shard: str, key: str, kind: str, number: int) -> None:
    facts = {"kind": kind, "amount": 1, "balance_after": number, "booked_at": at(number)}
    row(EntryRow, account_shard=shard, entry_key=key, reference=f"pay_{number:02}", **facts)


def _theirs(number: int) -> str:
    return _payment(number, OTHER_SHOP, "wal_theirs", "cli_other")


def _returned(number: int) -> str:
    refund_id = f"ref_{number:02}"
    record = f"refund#{refund_id}"
    row(RefundRow, payment_id="pay_99", record=record, refund_id=refund_id, created_at=at(number))
    return refund_id


def _found(number: int) -> str:
    """One whose row the consumer of the stream has written."""
    refund_id = _returned(number)
    made.index_row(RefundRow.get("pay_99", f"refund#{refund_id}")).save()
    return refund_id


def _refused(number: int) -> str:
    made = row(RefundRow, payment_id="pay_99", record=f"refund#no_{number}", created_at=at(number))
    made.update(actions=[RefundRow.refusal.set({"code": "refund_exceeds_captured"})])
    return ""


def _shared(number: int) -> str:
    split_id = f"spl_{number:02}"
    facts = {"split_id": split_id, "receivers": [[OTHER_SHOP, 1]], "created_at": at(number)}
    shared = row(SplitRow, payment_id="pay_99", record=f"split#{split_id}", **facts)
    made.index_row(shared).save()
    return split_id


def _payment_99(listed: bool | None = True) -> None:
    """Refunded and shared; before index rows were kept, where its refunds are not `listed`."""
    _accounts()
    _payment(99)
    facts = {"refunded_amount": 1, "split_amount": 1, "refunds_listed": listed, "splits_listed": listed}
    PaymentRow.get("pay_99", PAYMENT).update(
        actions=[getattr(PaymentRow, name).set(value) for name, value in facts.items() if value]
    )


LISTS: Lists = {
    "list_payments": [
        Listed("payment_id", _payment, _theirs, query=query, caller=APP, before=_accounts)
        for query in (
            {"merchant_id": SHOP},
            {"payer_account_id": WALLET},
            {"merchant_order_no": "0000001"},
            {"merchant_order_no": "0000001", "merchant_id": SHOP},
            {"merchant_order_no": "0000001", "payer_account_id": WALLET},
        )
    ]
    + [
        # Their payments of others' wallets at the merchant, and its own at others', stand among them.
        Listed(
            "payment_id",
            _payment,
            lambda number: _payment(number, OTHER_SHOP),
            query={"payer_account_id": WALLET, "merchant_id": SHOP},
            caller=APP,
            before=_accounts,
        )
    ],
    "list_refunds": [
        Listed(
            "refund_id",
            make,
            _refused,
            path="/payments/pay_99/refunds",
            caller=APP,
            before=functools.partial(_payment_99, listed),
        )
        for make, listed in ((_found, True), (_returned, None))
    ],
    "list_splits": [
        Listed(
            "split_id",
            _shared,
            alone="whoever may share a payment's net sees its splits",
            path="/payments/pay_99/splits",
            caller=APP,
            before=_payment_99,
        )
    ],
}
