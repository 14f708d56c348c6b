"""Who may call which of the settlement room's operations."""

from tests.support.authorisation import RECORD, Rule

RULES = {"list_payouts": Rule(RECORD, path="/merchants/{merchant}/payouts")}
