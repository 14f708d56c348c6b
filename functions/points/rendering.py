"""Rows of the points room as its answers show them."""

from collections.abc import Mapping

from bank import clock
from bank.points import accounts
from bank.points.worth import worth
from bank.privacy import exports
from points import schemas
from points.domain import EarningStatus
from points.service.reading import Points
from points.tables import (
    AdjustmentRow,
    EarningRow,
    LiveRow,
    MemberRow,
    ProgrammeRow,
    RedemptionRow,
    ReversalRow,
)


def programme(row: ProgrammeRow, live: LiveRow | None, *, whole: bool) -> schemas.ProgrammeAnswer:
    """A programme, with its rules where the `whole` is asked for."""
    return schemas.ProgrammeAnswer(
        programme_id=row.entry,
        live=live is not None and live.programme_id == row.entry,
        terms=schemas.Terms(**row.terms),
        digest=row.digest,
        note=row.note,
        content=row.content if whole else None,
        created_by=row.created_by,
        created_at=clock.parse(row.created_at),
    )


def points(found: Points) -> schemas.PointsAnswer:
    """A customer's points: those that can be spent now, whatever is booked of the others."""
    row = found.account
    lots = accounts.spendable(row) if row else {}
    spendable = sum(lots.values())
    reserved = accounts.lots_of(row).reserved if row else {}
    return schemas.PointsAnswer(
        customer_id=found.customer_id,
        account_id=row.account_id if row else None,
        spendable=spendable,
        worth=worth(spendable),
        lots=_lots(lots),
        reserved=[
            schemas.Reservation(reference=reference, points=sum(part.values()))
            for reference, part in sorted(reserved.items())
        ],
        tier=found.tier,
        owed=int(found.member.owed) if found.member else 0,
    )


def earning(row: EarningRow) -> schemas.EarningAnswer:
    """Earning of a payment."""
    return schemas.EarningAnswer(
        payment_id=row.payment_id,
        status=EarningStatus(row.status),
        programme_id=row.programme_id,
        points=int(row.points),
        due=row.due,
        granted=int(row.granted),
        taken_back=int(row.taken_back),
        lot=row.lot,
    )


def adjustment(row: AdjustmentRow) -> schemas.AdjustmentAnswer:
    """An adjustment as it was booked."""
    return schemas.AdjustmentAnswer(
        adjustment_id=row.adjustment_id,
        customer_id=row.customer_id,
        points=int(row.points),
        lots=_lots(row.lots),
        reason=row.reason,
        journal_id=row.journal_id,
        booked_at=clock.parse(row.booked_at),
    )


def redemption(row: RedemptionRow, *, as_made: bool = False) -> schemas.RedemptionAnswer:
    """A redemption with what was returned of it by now; `as_made`: as it was first answered."""
    return schemas.RedemptionAnswer(
        redemption_id=row.redemption_id,
        customer_id=row.customer_id,
        points=int(row.points),
        lots=_lots(row.lots),
        returned=[] if as_made else _lots(row.returned),
        reference=row.reference,
        journal_id=row.journal_id,
        booked_at=clock.parse(row.booked_at),
    )


def reversal(row: ReversalRow) -> schemas.ReversalAnswer:
    """A reversal as it was booked."""
    return schemas.ReversalAnswer(
        reversal_id=row.reversal_id,
        redemption_id=row.redemption_id,
        points=int(row.points),
        lots=_lots(row.lots),
        booked_at=clock.parse(row.booked_at),
    )


def own_data(row: MemberRow | None) -> exports.Part:
    """This room's part of an export: the account and its statement are in that of accounts."""
    if row is None:
        return {"points": []}
    return {
        "points": [
            {
                "customer_id": row.customer_id,
                "owed": int(row.owed),
                "earned_on": row.day,
                "earned_on_that_day": int(row.on_day),
                "earned_in_that_month": int(row.in_month),
                "year": row.year,
                "earned_in_that_year": int(row.in_year),
                "earned_in_the_year_before": int(row.year_before),
            }
        ]
    }


def _lots(lots: Mapping[str, int]) -> list[schemas.Lot]:
    return [schemas.Lot(month=month, points=int(lots[month])) for month in sorted(lots)]
