"""How the lists of the transfers room are tried."""

from bank.ledger import Kind, accounts
from bank.ledger.tables import EntryRow
from tests.support import http
from tests.support.lists import Listed, Lists, at, row
from transfers.tables import TransferRow


def _account() -> None:
    accounts.new_row(
        account_id="wal_99", owner_id="own_1", kind=Kind.WALLET, currency="CNY", client_id="cli_app"
    ).save()


def _booked(kind: str, number: int) -> str:
    transfer_id = f"trf_{number:02}"
    key = f"{at(number)}#{number:012}"
    facts = {"kind": kind, "amount": 1, "balance_after": number, "booked_at": at(number)}
    row(EntryRow, account_shard="wal_99#p", entry_key=key, reference=transfer_id, **facts)
    row(TransferRow, transfer_id=transfer_id, status="succeeded", created_at=at(number), note="n")
    return transfer_id


LISTS: Lists = {
    # Between its transfers stands all else that is booked on the account.
    "list_transfers": [
        Listed(
            "transfer_id",
            lambda number: _booked("transfer", number),
            lambda number: _booked("payment", number),
            query={"account_id": "wal_99"},
            caller={"client_id": "cli_app", "principal": http.CHANNEL},
            before=_account,
        )
    ],
}
