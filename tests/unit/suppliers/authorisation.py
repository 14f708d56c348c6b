"""Who may call which of the suppliers room's operations."""

from tests.support.authorisation import LIST, OWN, RECORD, STAFF, Rule, rules

OF_ONE = (
    "get_supplier change_supplier admit_supplier reject_supplier suspend_supplier resume_supplier "
    "exit_supplier announce_document get_document get_statement raise_dispute decide_dispute agree_statement "
    "announce_usage_file get_usage_file get_rating"
)
RULES = {
    "apply_supplier": Rule(OWN, STAFF),
    **rules("list_statements", RECORD, STAFF, "suppliers/test_statements"),
    **rules("list_suppliers", LIST, STAFF, "suppliers/test_data_scope"),
    **rules(OF_ONE, RECORD, STAFF, "suppliers/test_data_scope"),
}
