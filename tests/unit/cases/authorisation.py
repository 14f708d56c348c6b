"""Who may call which of the cases room's operations."""

from tests.support.authorisation import KEEPERS, LIST, RECORD, STAFF, rules

WORK_ON_CASES = """
    get_case assign_case comment_on_case link_cases reopen_case
"""
RULES = {
    **rules("list_cases", LIST, KEEPERS, "cases/test_app"),
    **rules("close_case decide_review snooze_customer", RECORD, STAFF, "cases/test_app"),
    **rules(WORK_ON_CASES, RECORD, KEEPERS, "cases/test_app"),
}
