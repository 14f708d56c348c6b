"""Places and times at which a benefit applies: lists of ids, and a rule on typed facts (`bank.rules`)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bank import clock, rules
from bank.benefits.reasons import Unusable
from bank.money import MAX_AMOUNT

# Facts of a rule: the order's amount in minor units, the customer's KYC level (0: unknown), and the time in
# Shanghai, Monday being day 1 of a week.
FACTS: dict[str, rules.Kind] = {
    "amount": rules.Number(0, MAX_AMOUNT, whole=True),
    "level": rules.Number(0, 3, whole=True),
    "hour": rules.Number(0, 23, whole=True),
    "weekday": rules.Number(1, 7, whole=True),
    "day": rules.Number(1, 31, whole=True),
    "month": rules.Number(1, 12, whole=True),
}
SCHEMA = rules.Schema(facts=FACTS, hits={"applies": re.compile("^yes$")})
MAX_RULE = 500


@dataclass(frozen=True)
class Use:
    """Use of a benefit: an order of a customer at a merchant, through a channel.

    `amount` is the order's, in minor units, before discounts; `at` an instant. `reference` names the order in
    reservations.
    """

    customer_id: str | None
    merchant_id: str
    merchant_unit: str
    merchant_category: str
    client_id: str
    amount: int
    currency: str
    at: str
    reference: str = ""
    level: int = 0

    def facts(self) -> dict[str, int]:
        """Return the facts of a rule."""
        local = clock.parse(self.at).astimezone(clock.SHANGHAI)
        return {
            "amount": min(self.amount, MAX_AMOUNT),
            "level": self.level,
            "hour": local.hour,
            "weekday": local.isoweekday(),
            "day": local.day,
            "month": local.month,
        }


@dataclass(frozen=True)
class Where:
    """Merchants, their categories (ISO 18245) and units, and channels, any where none is named; a rule."""

    merchants: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    units: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    rule: str = ""

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> "Where":
        """From an offer's content."""
        names = ("merchants", "categories", "units", "channels")
        return cls(
            **{name: frozenset(content.get(name) or ()) for name in names}, rule=content.get("rule") or ""
        )

    def refusal(self, use: Use) -> Unusable | None:
        """Return the reason for which it does not apply to this use, or None. Raises RulesBroken."""
        for named, value, reason in (
            (self.merchants, use.merchant_id, Unusable.OTHER_MERCHANT),
            (self.categories, use.merchant_category, Unusable.OTHER_CATEGORY),
            (self.units, use.merchant_unit, Unusable.OTHER_BRANCH),
            (self.channels, use.client_id, Unusable.OTHER_CHANNEL),
        ):
            if named and value not in named:
                return reason
        if self.rule and not rules.evaluate(_compiled(self.rule), use.facts()):
            return Unusable.RULE_NOT_MET
        return None


def faults(rule: str) -> list[str]:
    """Return what is wrong with a rule as sentences; none where it can be taken."""
    return rules.faults(_model(rule), SCHEMA) if rule else []


def _compiled(rule: str) -> rules.Model:
    return rules.compiled(f"benefit rule {rule}", _model(rule), SCHEMA)


def _model(rule: str) -> dict[str, Any]:
    """Return the decision model of one condition: a table of one row."""
    table = {
        "hitPolicy": "collect",
        "inputs": [{"id": "condition", "name": "condition"}],
        "outputs": [{"id": "applies", "name": "applies", "field": "applies"}],
        "rules": [{"_id": "row", "condition": rule, "applies": '"yes"'}],
    }
    return {
        "nodes": [
            {"id": "in", "type": "inputNode"},
            {"id": "rule", "type": "decisionTableNode", "content": table},
            {"id": "out", "type": "outputNode"},
        ],
        "edges": [{"sourceId": "in", "targetId": "rule"}, {"sourceId": "rule", "targetId": "out"}],
    }
