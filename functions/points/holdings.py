"""Personal data that this room keeps, table by table: what an export gives of it, and what closure leaves."""

from bank.privacy import laws
from bank.privacy.holdings import End, Fate, Ground, Holding, Whose, impersonal, kept
from points.tables import (
    AdjustmentRow,
    EarningRow,
    LiveRow,
    MemberRow,
    ProgrammeRow,
    RedemptionRow,
    ReversalRow,
)

HOLDINGS = (
    Holding(
        model=EarningRow,
        whose=Whose.CUSTOMERS,
        holds="what payments have earned, by payment",
        withheld=Ground.ELSEWHERE,
        end=kept(laws.TRANSACTIONS, "ids, amounts and points"),
    ),
    Holding(
        model=MemberRow,
        whose=Whose.CUSTOMERS,
        holds="points that were earned lately, and points that are owed",
        given="points",
        end=kept(laws.TRANSACTIONS, "counts"),
    ),
    Holding(
        model=AdjustmentRow,
        whose=Whose.CUSTOMERS,
        holds="points that staff gave or took, with the reason",
        personal=("reason", "made_by"),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=RedemptionRow,
        whose=Whose.CUSTOMERS,
        holds="points that were redeemed, what for and what was returned of them",
        personal=("made_by",),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=ReversalRow,
        whose=Whose.CUSTOMERS,
        holds="points that were returned of what was redeemed",
        personal=("made_by",),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=ProgrammeRow,
        whose=Whose.STAFF,
        holds="rules by which points are earned, and who drafted them",
        personal=("note",),
        end=End(Fate.STAYS),
    ),
    impersonal(LiveRow, "which rules are live"),
)
