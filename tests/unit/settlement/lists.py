"""How the lists of the settlement room are tried."""

from bank.ledger.tables.payees import PayeeRow
from settlement.tables import PAYOUT, PayoutRow
from tests.support import http
from tests.support.lists import Listed, Lists, at, row


def _payout(payee_id: str, number: int) -> str:
    payout_id = f"pyt_{number:02}"
    facts = {"payout_id": payout_id, "booked_at": at(number), "business_date": "2026-01-15"}
    bank_account = {"bank_code": "b", "account_number": "**** 1", "holder_name": "n"}
    record = f"{PAYOUT}2026-01-15#CNY#{number:02}"
    row(PayoutRow, payee_id=payee_id, record=record, bank_account=bank_account, **facts)
    return payout_id


LISTS: Lists = {
    "list_payouts": [
        Listed(
            "payout_id",
            lambda number: _payout("mer_99", number),
            lambda number: _payout("mer_98", number),
            path="/merchants/mer_99/payouts",
            caller={"client_id": "cli_app", "principal": http.CHANNEL},
            before=lambda: row(PayeeRow, payee_id="mer_99", client_id="cli_app"),
        )
    ],
    "list_supplier_payouts": [
        Listed(
            "payout_id",
            lambda number: _payout("sup_99", number),
            lambda number: _payout("sup_98", number),
            path="/suppliers/sup_99/payouts",
            caller={"principal": http.staff()},
            before=lambda: row(PayeeRow, payee_id="sup_99"),
        )
    ],
}
