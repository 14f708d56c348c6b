"""Who may call which of the accounts room's operations."""

from tests.support.authorisation import BANK, CHANNELS, KEEPERS, LIST, OWN, PAYERS, RECORD, STAFF, Rule

REASON = {"reason": "asked for"}
MONEY = {"amount": 5, "currency": "CNY", "reference": "r"}
ACCOUNT = "/accounts/{wallet}"

RULES = {
    "open_account": Rule(OWN, KEEPERS),
    "list_accounts": Rule(LIST, query={"owner_id": "own_1"}),
    "get_account": Rule(RECORD, path=ACCOUNT),
    "get_balance": Rule(RECORD, path=f"{ACCOUNT}/balance"),
    "list_entries": Rule(RECORD, path=f"{ACCOUNT}/entries"),
    "change_limits": Rule(RECORD, KEEPERS, f"{ACCOUNT}/limits", {"per_day": 100}),
    "freeze_account": Rule(RECORD, KEEPERS, f"{ACCOUNT}/freeze", REASON),
    "unfreeze_account": Rule(RECORD, KEEPERS, "/accounts/{frozen}/unfreeze", REASON),
    "close_account": Rule(RECORD, KEEPERS, "/accounts/{empty}/close", REASON),
    "deposit": Rule(RECORD, CHANNELS, "/deposits", MONEY | {"account_id": "{wallet}", "source": "cash"}),
    # For the head office alone, of any client: no record of anybody's can be named.
    "set_clearing_limits": Rule(OWN, STAFF, shown_in="tests/unit/accounts/test_clearing.py"),
    "settle_clearing_account": Rule(OWN, STAFF, shown_in="tests/unit/accounts/test_clearing.py"),
    "withdraw": Rule(RECORD, PAYERS, f"{ACCOUNT}/withdrawals", MONEY | {"destination": "cash"}),
    "get_journal": Rule(BANK, path="/ledger/journals/{journal}"),
    "get_trial_balance": Rule(BANK, path="/ledger/trial-balance"),
    "get_verification": Rule(BANK, path="/ledger/verification"),
}
