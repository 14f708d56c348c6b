"""Who may call which of the cases room's operations."""

from tests.support.authorisation import KEEPERS, LIST, RECORD, STAFF, rules

WORK_ON_CASES = """
    get_case assign_case close_case comment_on_case link_cases reopen_case snooze_customer
"""
RULES = {
    **rules("list_cases", LIST, KEEPERS, "cases/test_app"),
    **rules("decide_review", RECORD, STAFF, "cases/test_app"),
    **rules(WORK_ON_CASES, RECORD, KEEPERS, "cases/test_app"),
}
