"""Who may call which of the settlement room's operations."""

from tests.support.authorisation import RECORD, STAFF, Rule, rules

RULES = {
    "list_payouts": Rule(RECORD, path="/merchants/{merchant}/payouts"),
    **rules("list_supplier_payouts", RECORD, STAFF, "suppliers/test_payouts"),
}
