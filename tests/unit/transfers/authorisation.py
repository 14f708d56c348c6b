"""Who may call which of the transfers room's operations."""

from tests.support import batch_files
from tests.support.authorisation import CHANNELS, PAYERS, RECORD, Rule

RULES = {
    "make_transfer": Rule(
        RECORD,
        PAYERS,
        "/transfers",
        {"from_account_id": "{wallet}", "to_account_id": "{empty}", "amount": 5, "currency": "CNY"},
    ),
    # A list that names an account is missing, like the account.
    "list_transfers": Rule(RECORD, path="/transfers", query={"account_id": "{wallet}"}),
    "get_transfer": Rule(RECORD, path="/transfers/{transfer}"),
    "announce_batch": Rule(
        RECORD,
        CHANNELS,
        "/transfer-batches",
        {
            "from_account_id": "{wallet}",
            "file_name": "pay.csv",
            **batch_files.facts("a file"),
            "total_count": 1,
            "total_amount": 5,
        },
    ),
    "get_batch": Rule(RECORD, path="/transfer-batches/{batch}"),
    # Nothing to read yet, as only those who may see the batch learn (409).
    "get_batch_results": Rule(RECORD, path="/transfer-batches/{batch}/results"),
}
