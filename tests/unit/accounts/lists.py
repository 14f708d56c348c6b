"""How the lists of the accounts room are tried."""

from bank.ledger import Kind, accounts
from bank.ledger.tables import EntryRow
from tests.support import http
from tests.support.lists import Listed, Lists, at, row

APP = {"client_id": "cli_app", "principal": http.CHANNEL}


def _account(client_id: str, number: int) -> str:
    """Under an owner id that another used too, before such an id belonged to who came first."""
    made = accounts.new_row(
        account_id=f"wal_{number:02}",
        owner_id="own_1",
        kind=Kind.WALLET,
        currency="CNY",
        client_id=client_id,
    )
    made.save()
    return str(made.account_id)


def _entry(number: int) -> str:
    key = f"{at(number)}#{number:012}"
    facts = {"kind": "deposit", "amount": 1, "balance_after": number, "booked_at": at(number)}
    row(EntryRow, account_shard="wal_99#p", entry_key=key, reference=f"r{number}", **facts)
    return f"r{number}"


LISTS: Lists = {
    "list_accounts": [
        Listed(
            "account_id",
            lambda number: _account("cli_app", number),
            lambda number: _account("cli_other", number),
            query={"owner_id": "own_1"},
            caller=APP,
        )
    ],
    "list_entries": [
        Listed(
            "reference",
            _entry,
            alone="what is booked on an account is its owner's to see, whoever paid",
            path="/accounts/wal_99/entries",
            caller=APP,
            before=lambda: _account("cli_app", 99),
        )
    ],
}
