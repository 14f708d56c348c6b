"""Who may call which of the risk room's operations."""

from tests.support.authorisation import BANK, EVERYBODY, KEEPERS, STAFF, rules

CHANGES = """
    activate_rule_set create_rule_set roll_back_to_rule_set shadow_rule_set submit_rule_set
"""
# The bank's own: `bank_only` to channels, and what is the head office's is `head_office_only` to branches.
RULES = {
    **rules(CHANGES, BANK, STAFF, "risk/test_rule_sets"),
    **rules("get_live_rules get_rule_set get_shadow list_rule_sets", BANK, KEEPERS, "risk/test_rule_sets"),
    **rules("list_entries_of_list", BANK, KEEPERS, "risk/test_lists"),
    **rules("add_to_list end_list_entry", BANK, STAFF, "risk/test_lists"),
    **rules("start_backtest", BANK, EVERYBODY, "risk/test_backtests"),
    **rules("get_backtest", BANK, KEEPERS, "risk/test_backtests"),
    **rules("get_risk_report", BANK, KEEPERS, "risk/test_reports"),
}
