"""Reversal of a redemption by code: who redeemed gives the use back, once and within a day."""

from datetime import timedelta

from bank import clock, errors, store
from bank.access.principal import Principal
from bank.benefits import tables
from bank.benefits.tables import EntitlementRow
from bank.store import Transaction
from benefits.service import redemptions
from benefits.tables import RedemptionRow

REVERSIBLE = timedelta(days=1)


class NotReversible(errors.Refusal):
    """409: the redemption was reversed already, or is older than a day."""

    code, title = "not_reversible", "Not reversible"


def reverse(*, redemption_id: str, reversal_id: str, principal: Principal) -> tuple[RedemptionRow, bool]:
    """Give the use back that a redemption took, once and within a day; and whether this was a replay.

    Raises RedemptionNotFound, NotReversible.
    """

    def act() -> tuple[RedemptionRow, bool]:
        row = redemptions.find(redemption_id=redemption_id, principal=principal)
        if row.reversal_id:
            if row.reversal_id != reversal_id:
                raise NotReversible(f"redemption {redemption_id} was reversed")
            return row, True
        now = clock.now()
        if now >= clock.parse(row.redeemed_at) + REVERSIBLE:
            raise NotReversible(f"redemption {redemption_id} is older than a day")
        _give_back(row, reversal_id, clock.instant(now))
        return redemptions.find(redemption_id=redemption_id, principal=principal), False

    return store.retry_on_conflict(act)


def _give_back(row: RedemptionRow, reversal_id: str, now: str) -> None:
    used = store.get(EntitlementRow, row.entitlement_id)
    assert used is not None, "an entitlement is never deleted"
    transaction = Transaction()
    transaction.update(
        (RedemptionRow, row.redemption_id),
        [RedemptionRow.reversal_id.set(reversal_id), RedemptionRow.reversed_at.set(now)],
        RedemptionRow.reversal_id.does_not_exist(),
        store.stale,
    )
    last = {
        "what": "refunded",
        "by": reversal_id,
        "of": row.redemption_id,
        "amount": 0,
        "shares": {},
        "whole": True,
    }
    tables.change(transaction, used, used.to_domain().refunded(now, int(row.cost), whole=True), last)
    transaction.commit()
