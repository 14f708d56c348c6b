"""Who may call what: every operation of the API, classified. A route that is not here fails its test.

The matrix (`test_authorisation.py`) makes real records, calls each operation as its owner and as strangers,
and expects what the class says.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bank.auth import Kind


class Class(StrEnum):
    """Whose an operation is."""

    # Anyone, without a token.
    PUBLIC = "public"
    # Makes something of the caller's own, or says nothing of anybody: no record of another can be named.
    OWN = "own"
    # A customer's dealings with what is theirs: whose it is comes from the token, never from the request.
    SELF = "self"
    # One record, by its id in the path or in the body: to whom it does not concern it is missing, 404.
    RECORD = "record"
    # A list: what does not concern the caller is not in it.
    LIST = "list"
    # The whole bank's: the head office and the bank's own systems; 404 to others.
    BANK = "bank"


CHANNELS = frozenset({Kind.CHANNEL})
CUSTOMERS = frozenset({Kind.CUSTOMER})
STAFF = frozenset({Kind.STAFF})
EVERYBODY = frozenset(Kind)
KEEPERS = CHANNELS | STAFF
PAYERS = CHANNELS | CUSTOMERS

REASON = {"reason": "asked for"}
MONEY = {"amount": 5, "currency": "CNY", "reference": "r"}


@dataclass(frozen=True)
class Rule:
    """An operation's class and the kinds of callers that it is for, as its route must declare them.

    `path`, `body` and `query` name records of the matrix's bank in braces. Where they do not say enough to
    be called there, `shown_in` is the room's own test of who sees what.
    """

    what: Class
    callers: frozenset[Kind] = EVERYBODY
    path: str = ""
    body: dict[str, Any] | None = None
    query: dict[str, str] = field(default_factory=dict)
    shown_in: str = ""


ACCOUNT, MERCHANT, PAYMENT = "/accounts/{wallet}", "/merchants/{merchant}", "/payments/{payment}"
HELD = "/payments/{held}"
RECORD, LIST, OWN, SELF, BANK = Class.RECORD, Class.LIST, Class.OWN, Class.SELF, Class.BANK

PUBLIC = {name: Rule(Class.PUBLIC) for name in ("get_health", "get_jwks", "get_openapi", "issue_token")}

ACCOUNTS = {
    "open_account": Rule(OWN, KEEPERS),
    "list_accounts": Rule(LIST, query={"owner_id": "own_1"}),
    "get_account": Rule(RECORD, path=ACCOUNT),
    "get_balance": Rule(RECORD, path=f"{ACCOUNT}/balance"),
    "list_entries": Rule(RECORD, path=f"{ACCOUNT}/entries"),
    "change_limits": Rule(RECORD, KEEPERS, f"{ACCOUNT}/limits", {"per_day": 100}),
    "freeze_account": Rule(RECORD, KEEPERS, f"{ACCOUNT}/freeze", REASON),
    "unfreeze_account": Rule(RECORD, KEEPERS, "/accounts/{frozen}/unfreeze", REASON),
    "close_account": Rule(RECORD, KEEPERS, "/accounts/{empty}/close", REASON),
    "deposit": Rule(RECORD, CHANNELS, f"{ACCOUNT}/deposits", MONEY | {"source": "cash"}),
    "withdraw": Rule(RECORD, PAYERS, f"{ACCOUNT}/withdrawals", MONEY | {"destination": "cash"}),
    "get_journal": Rule(BANK, path="/ledger/journals/{journal}"),
    "get_trial_balance": Rule(BANK, path="/ledger/trial-balance"),
    "get_verification": Rule(BANK, path="/ledger/verification"),
}

MERCHANTS = {
    "register_merchant": Rule(OWN, KEEPERS),
    "list_merchants": Rule(LIST),
    "get_merchant": Rule(RECORD, path=MERCHANT),
    "change_merchant": Rule(RECORD, KEEPERS, MERCHANT, {"name": "Renamed"}),
    "suspend_merchant": Rule(RECORD, KEEPERS, f"{MERCHANT}/suspend", REASON),
    "resume_merchant": Rule(RECORD, KEEPERS, "/merchants/{suspended}/resume", REASON),
    "list_payouts": Rule(RECORD, path=f"{MERCHANT}/payouts"),
    "get_qr": Rule(RECORD, path=f"{MERCHANT}/qr"),
}

PAYMENTS = {
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
        {"receivers": [{"merchant_id": "{suspended}", "amount": 1}]},
    ),
}

TRANSFERS = {
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
        {"from_account_id": "{wallet}", "file_name": "pay.csv", "total_count": 1, "total_amount": 5},
    ),
    "get_batch": Rule(RECORD, path="/transfer-batches/{batch}"),
    # Nothing to read yet, which only who may see the batch is told (409).
    "get_batch_results": Rule(RECORD, path="/transfer-batches/{batch}/results"),
}


def _all(what: Class, callers: frozenset[Kind], shown_in: str, names: str) -> dict[str, Rule]:
    return {name: Rule(what, callers, shown_in=f"tests/unit/{shown_in}.py") for name in names.split()}


AT_THE_DOOR = "log_in refresh_login register reset_password send_code"
MINE = """
    change_me change_my_wallet change_password change_phone close_me confirm_totp get_me
    issue_payment_token list_my_sessions list_my_wallets list_my_devices log_out log_out_everywhere
    offer_totp open_my_wallet remove_totp send_my_code set_payment_password unlock_payment_password
    forget_my_device revoke_my_session
"""
CUSTOMERS_ROOM = {
    **_all(OWN, CHANNELS, "customers/test_login", AT_THE_DOOR),
    **_all(SELF, CUSTOMERS, "customers/test_me", MINE),
    **_all(RECORD, KEEPERS, "customers/test_directory", "look_up_customer get_customer"),
    **_all(LIST, STAFF, "customers/test_directory", "list_customers"),
    **_all(RECORD, STAFF, "customers/test_directory", "unmask"),
}
KYC = {
    **_all(SELF, CUSTOMERS, "kyc/test_access", "list_my_cards add_my_card list_my_verifications verify_me"),
    **_all(SELF, CUSTOMERS, "kyc/test_access", "get_my_verification"),
    **_all(LIST, KEEPERS, "kyc/test_access", "list_verifications"),
    **_all(RECORD, KEEPERS, "kyc/test_access", "verify_customer get_verification_of_customer"),
    **_all(RECORD, STAFF, "kyc/test_unmasking", "unmask_identity"),
}

WORK_ON_CASES = """
    get_case assign_case close_case comment_on_case link_cases reopen_case decide_review snooze_customer
"""
CASES = {
    **_all(LIST, KEEPERS, "cases/test_app", "list_cases"),
    **_all(RECORD, KEEPERS, "cases/test_app", WORK_ON_CASES),
}
AML = {
    **_all(LIST, KEEPERS, "aml/test_reports", "list_aml_reports"),
    **_all(RECORD, KEEPERS, "aml/test_reports", "get_aml_report submit_aml_report"),
    **_all(LIST, KEEPERS, "aml/test_screening", "list_screenings"),
    **_all(RECORD, KEEPERS, "aml/test_screening", "screen get_screening decide_screening"),
    **_all(RECORD, KEEPERS, "aml/test_screening", "unmask_screened_name"),
    **_all(BANK, KEEPERS, "aml/test_reports", "get_aml_parameters set_aml_parameters"),
    **_all(BANK, KEEPERS, "aml/test_lists", "announce_list get_list publish_list"),
}
RULE_SETS = """
    activate_rule_set create_rule_set get_live_rules get_rule_set get_shadow list_rule_sets
    roll_back_to_rule_set shadow_rule_set submit_rule_set
"""
# The head office's, and said to be: 403 `head_office_only`.
RISK = {
    **_all(BANK, EVERYBODY, "risk/test_rule_sets", RULE_SETS),
    **_all(BANK, EVERYBODY, "risk/test_lists", "list_entries_of_list add_to_list end_list_entry"),
    **_all(BANK, EVERYBODY, "risk/test_backtests", "start_backtest get_backtest"),
    **_all(LIST, EVERYBODY, "risk/test_reports", "get_risk_report"),
}
MEMBERS = """
    change_staff enter_staff get_staff grant_role reinstate_staff reset_credentials revoke_role suspend_staff
"""
STAFF_ROOM = {
    # Where staff come in: what is sent says who they are.
    **{name: Rule(Class.PUBLIC) for name in ("enrol_staff", "log_in_staff", "refresh_staff_session")},
    **_all(RECORD, STAFF, "staff/test_members", MEMBERS),
    **_all(LIST, STAFF, "staff/test_members", "list_staff list_roles"),
    **_all(RECORD, STAFF, "staff/test_members", "make_role get_role change_role"),
    **_all(LIST, STAFF, "staff/test_logins", "list_staff_sessions"),
    **_all(RECORD, STAFF, "staff/test_logins", "revoke_staff_session"),
    **_all(LIST, STAFF, "staff/test_units", "list_units"),
    **_all(RECORD, STAFF, "staff/test_units", "add_unit get_unit change_unit move_unit"),
}

DECISIONS = "approve get_approval reject withdraw_approval"
CONFIGURATION = "activate_rule get_rule propose_rule"
APPROVALS = {
    **_all(LIST, STAFF, "approvals/test_lists", "list_approvals"),
    **_all(RECORD, STAFF, "approvals/test_deciding", DECISIONS),
    **_all(BANK, STAFF, "approvals/test_rules", CONFIGURATION),
}
AUDIT = {
    **_all(LIST, KEEPERS, "audit/test_app", "list_audit_entries list_decisions"),
    **_all(RECORD, KEEPERS, "audit/test_app", "get_audit_entry"),
    **_all(BANK, KEEPERS, "audit/test_app", "get_audit_verification verify_audit"),
}

RULES: dict[str, Rule] = {
    **PUBLIC,
    **ACCOUNTS,
    **MERCHANTS,
    **PAYMENTS,
    **TRANSFERS,
    **CUSTOMERS_ROOM,
    **KYC,
    **CASES,
    **AML,
    **RISK,
    **STAFF_ROOM,
    **APPROVALS,
    **AUDIT,
}
