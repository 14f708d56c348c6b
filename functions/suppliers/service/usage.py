"""Use of suppliers' benefits, taken from events: each redemption and reversal counts in one statement, once.

A row's place follows from the event alone (supplier, month, redemption), so that its creation is the
idempotency, however often and late the event comes. What comes after its month's statement was closed counts
in the first month that is open, and both rows say so. Whether a month is open is a condition of the same
transaction, on a gate in the row's own partition: statements count what is there once all gates are shut.
"""

from collections.abc import Mapping
from typing import Any

from bank import clock
from bank.benefits import bearers
from bank.observability import logger
from bank.store import AlreadyExists, Transaction
from suppliers.domain import statements
from suppliers.tables import GateRow, UsageRow
from suppliers.tables.usage import LATE, gate, partition, shard_of

REDEEMED = "perkbank.benefits.EntitlementRedeemed.v1"
REVERSED = "perkbank.benefits.RedemptionReversed.v1"


class MonthClosed(Exception):
    """The month takes no more use."""


class NoMonthOpen(Exception):
    """No month up to the next is open: statements were closed ahead of their time."""


def take(envelope: Mapping[str, Any]) -> bool:
    """Count a redemption or a reversal; False where it is of no supplier. Taken again it changes nothing."""
    data = envelope["data"]
    if not data.get("supplier_id"):
        return False
    row = _row(envelope["type"], data)
    period = statements.period_of(clock.parse(row.happened_at))
    row.partition = partition(row.supplier_id, period, shard_of(row.redemption_id))
    try:
        _count(row, period)
    except AlreadyExists:
        logger.info("use was counted before", record=row.record)
    return True


def _row(kind: str, data: Mapping[str, Any]) -> UsageRow:
    """Read an event; what is reversed counts below zero."""
    back = kind == REVERSED
    sign = -1 if back else 1
    redemption_id, supplier_id = data["redemption_id"], data["supplier_id"]
    reversal_id = data["reversal_id"] if back else None
    return UsageRow(
        record=f"{redemption_id}#{reversal_id}" if back else redemption_id,
        supplier_id=supplier_id,
        redemption_id=redemption_id,
        reversal_id=reversal_id,
        product_id=data["product_id"],
        partial=back and not data["whole"],
        code=data["entitlement_id"],
        currency=data["currency"],
        cost=sign * data["cost"],
        borne=sign * data["shares"].get(f"{bearers.SUPPLIER}{supplier_id}", 0),
        happened_at=data["reversed_at" if back else "redeemed_at"],
    )


def _count(row: UsageRow, period: str) -> None:
    """Keep it in its month, or in the first open one after that. Raises AlreadyExists, NoMonthOpen."""
    last = statements.following(statements.period_of(clock.now()))
    at = period
    while at <= max(period, last):
        try:
            _keep(row, period, at)
            return
        except MonthClosed:
            at = statements.following(at)
    raise NoMonthOpen(f"{row.record} of {period}")


def _keep(row: UsageRow, period: str, counted_in: str) -> None:
    """Keep it as of its month, counted in that or a later one, while that is open.

    Raises AlreadyExists, MonthClosed.
    """
    transaction, place = Transaction(), row.partition
    if counted_in == period:
        transaction.create(row)
    else:
        facts = dict(row.attribute_values)
        transaction.create(UsageRow(**(facts | {"counted_in": counted_in})))
        place = partition(row.supplier_id, counted_in, shard_of(row.redemption_id))
        late = {"partition": place, "record": f"{LATE}{row.record}", "of_period": period}
        transaction.create(UsageRow(**(facts | late)))
    transaction.check(gate(place), GateRow.partition.does_not_exist(), lambda _: MonthClosed())
    transaction.commit()
