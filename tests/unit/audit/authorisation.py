"""Who may call which of the audit room's operations."""

from tests.support.authorisation import BANK, KEEPERS, LIST, RECORD, rules

RULES = {
    **rules("list_audit_entries list_decisions", LIST, KEEPERS, "audit/test_app"),
    **rules("get_audit_entry", RECORD, KEEPERS, "audit/test_app"),
    **rules("get_audit_verification verify_audit", BANK, KEEPERS, "audit/test_app"),
}
