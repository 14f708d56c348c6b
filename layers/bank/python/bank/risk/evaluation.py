"""Judging one movement of money: the facts that were read for it, the rules on them, and the verdict.

No answer is never a verdict by accident: where no rule set is live, its content is missing or broken, or its
evaluation fails, the product's stated posture applies, and a log line and a metric say so (invariant 19).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bank import rules
from bank.config import config
from bank.ledger.domain import Account
from bank.ledger.velocity import Spend
from bank.observability import logger
from bank.risk import facts, gathering, rule_sets
from bank.risk.movement import Movement, profiles_of
from bank.risk.tables import LiveRow
from bank.risk.verdict import Outcome, Verdict, conclude, posture
from bank.rules import RulesBroken


def assess(
    movement: Movement, rows: Sequence[Any], account: Account, merchant: Account | None, now: datetime
) -> tuple[Verdict, Spend]:
    """The verdict on a movement, and what its spend brings to the payer's row: caps, and where it was.

    `rows` are those of `movement.keys`, `account` the payer's, `merchant` the one that takes the money. No
    round trip, but for the content of a version that this process has not met.
    """
    profiles = profiles_of(movement, rows)
    made = gathering.facts(movement, profiles, account, merchant, now)
    recorded = facts.pack(made)
    version = (profiles.live.version if profiles.live else None) or ""
    origin = gathering.origin_of(movement, now)
    try:
        model, caps = rule_sets.loaded(movement.product, profiles.live)
        outcome, reasons = conclude(rules.evaluate(model, made), made)
    except (RulesBroken, ClientError, BotoCoreError) as error:
        outcome, reasons = _posture(movement.product, profiles.live, recorded, error)
        return Verdict(outcome, reasons, version, posture=True, input=recorded), Spend(origin=origin)
    spend = Spend(rule_sets.caps_in(caps, account.currency), origin)
    return Verdict(outcome, reasons, version, input=recorded), spend


def _posture(
    product: str, live: LiveRow | None, recorded: list[Any], error: Exception
) -> tuple[Outcome, tuple[str, ...]]:
    # Imported here: a verdict by the rules needs none of it.
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    # A posture that somebody altered with the rules is not theirs to state.
    trusted = live if not isinstance(error, rule_sets.RulesAltered) else None
    stated = (trusted.posture if trusted else None) or config.posture(product)
    logger.warning("risk cannot answer: the posture applies", product=product, posture=stated, why=str(error))
    with single_metric(name="RiskPostureApplied", unit=MetricUnit.Count, value=1) as metric:
        metric.add_dimension(name="service", value="risk")
    return posture(Outcome(stated), recorded)
