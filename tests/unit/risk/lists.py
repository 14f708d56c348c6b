"""How the lists of the risk room are tried."""

from risk.tables import RULES, ListRow, RuleSetRow
from tests.support.lists import Listed, Lists, Whole, at, row


def _entry(number: int, ended_at: str | None = None) -> str:
    subject = f"dev_{number:02}"
    row(ListRow, desk="list#block", entry=f"device#{subject}", expires_at=at(9_999), ended_at=ended_at)
    return subject


def _rule_set(number: int, product: str = "payment") -> str:
    rule_set_id = f"rls_{number:02}"
    row(RuleSetRow, desk=RULES, entry=rule_set_id, product=product, posture="approve", status="draft")
    return rule_set_id


LISTS: Lists = {
    # The whole bank's, for its head office: what is passed over has ended, or is another product's.
    "list_entries_of_list": [
        Listed("subject", _entry, lambda number: _entry(number, at(number)), query={"list": "block"})
    ],
    "list_rule_sets": [
        Listed(
            "rule_set_id",
            _rule_set,
            lambda number: _rule_set(number, "transfer"),
            query={"product": "payment"},
        )
    ],
    "get_live_rules": Whole("the products"),
}
