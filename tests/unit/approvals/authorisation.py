"""Who may call which of the approvals room's operations."""

from tests.support.authorisation import BANK, LIST, RECORD, STAFF, rules

DECISIONS = "approve get_approval reject withdraw_approval"
CONFIGURATION = "activate_rule get_rule propose_rule"
RULES = {
    **rules("list_approvals", LIST, STAFF, "approvals/test_lists"),
    **rules(DECISIONS, RECORD, STAFF, "approvals/test_deciding"),
    **rules(CONFIGURATION, BANK, STAFF, "approvals/test_rules"),
}
