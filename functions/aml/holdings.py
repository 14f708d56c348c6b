"""Personal data that this room keeps, table by table, and what closure leaves. None of it is exported."""

from aml.tables import ListRow, LiveRow, ParametersRow, ReportRow, ScreeningRow, SubjectRow
from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, impersonal, kept

HOLDINGS = (
    Holding(
        model=SubjectRow,
        whose=Whose.CUSTOMERS,
        holds="who is screened: sealed name and year of birth, what they were found not to be",
        personal=("sealed", "fingerprint", "masked_name"),
        withheld=Ground.TIPPING_OFF,
        end=kept(laws.DUE_DILIGENCE),
    ),
    Holding(
        model=ScreeningRow,
        whose=Whose.CUSTOMERS,
        holds="screenings, with hits and decisions",
        personal=("masked_name", "hits", "reason", "reference"),
        withheld=Ground.TIPPING_OFF,
        end=kept(laws.DUE_DILIGENCE),
    ),
    Holding(
        model=ReportRow,
        whose=Whose.CUSTOMERS,
        holds="suspicious transaction reports and their evidence",
        personal=("evidence", "narrative", "reason"),
        withheld=Ground.TIPPING_OFF,
        end=kept(laws.DUE_DILIGENCE),
    ),
    impersonal(ListRow, "sanctions lists, which are public"),
    impersonal(LiveRow, "which lists are live"),
    impersonal(ParametersRow, "bounds of the patterns"),
)
