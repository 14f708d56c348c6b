"""Who may call which of the risk room's operations."""

from tests.support.authorisation import BANK, EVERYBODY, LIST, rules

RULE_SETS = """
    activate_rule_set create_rule_set get_live_rules get_rule_set get_shadow list_rule_sets
    roll_back_to_rule_set shadow_rule_set submit_rule_set
"""
# The head office's, and said to be: 403 `head_office_only`.
RULES = {
    **rules(RULE_SETS, BANK, EVERYBODY, "risk/test_rule_sets"),
    **rules("list_entries_of_list add_to_list end_list_entry", BANK, EVERYBODY, "risk/test_lists"),
    **rules("start_backtest get_backtest", BANK, EVERYBODY, "risk/test_backtests"),
    **rules("get_risk_report", LIST, EVERYBODY, "risk/test_reports"),
}
