"""Personal data that this room keeps, table by table, and what closure leaves. None of it is exported."""

from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, erased, expires, impersonal, kept
from bank.risk.challenges import ChallengeRow
from bank.risk.tables import ContentRow, LiveRow, ProfileRow
from risk.tables import BacktestRow, HitRow, ListRow, ReportRow, RuleSetRow, ShadowRow

HOLDINGS = (
    Holding(
        model=ProfileRow,
        whose=Whose.CUSTOMERS,
        holds="profiles of payers, payees, devices: devices and payees used before, frauds, lists",
        personal=("devices", "payees", "payers", "frauds"),
        withheld=Ground.CONTROL,
        end=erased(
            "devices, payees, accounts on devices; frauds age out in 28 days, lists end by themselves"
        ),
    ),
    Holding(
        model=HitRow,
        whose=Whose.CUSTOMERS,
        holds="reasons of decisions that were no plain approvals",
        withheld=Ground.CONTROL,
        end=expires("90 days after the decision"),
    ),
    Holding(
        model=ChallengeRow,
        whose=Whose.CUSTOMERS,
        holds="that more was asked for before a movement, and its facts",
        personal=("owner_id", "risk"),
        withheld=Ground.CONTROL,
        end=expires("400 days after it was asked"),
    ),
    Holding(
        model=ListRow,
        whose=Whose.CUSTOMERS,
        holds="entries of lists: whom, by whom, why, until when",
        personal=("reason",),
        withheld=Ground.TIPPING_OFF,
        end=kept(laws.DUE_DILIGENCE, "each ends by itself"),
    ),
    impersonal(
        ShadowRow, "counts of what shadow rules would have done, with samples by record id, for 120 days"
    ),
    impersonal(ReportRow, "counts of a unit's day"),
    impersonal(RuleSetRow, "rule sets, with who made them", whose=Whose.STAFF),
    impersonal(BacktestRow, "runs of rules over history, with who asked", whose=Whose.STAFF),
    impersonal(LiveRow, "which rules are live"),
    impersonal(ContentRow, "rules"),
)
