"""Personal data that this room keeps, table by table, and what closure leaves. None of it is exported."""

from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, kept
from cases.tables import AlertRow, CaseRow, NoteRow, ReviewRow, SubjectRow

_KEPT = kept(laws.DUE_DILIGENCE)

HOLDINGS = (
    Holding(
        model=CaseRow,
        whose=Whose.CUSTOMERS,
        holds="cases: about whom, how they ended, and why",
        personal=("device_id", "reason"),
        withheld=Ground.TIPPING_OFF,
        end=_KEPT,
    ),
    Holding(
        model=AlertRow,
        whose=Whose.CUSTOMERS,
        holds="alerts with their reasons",
        personal=("reasons",),
        withheld=Ground.TIPPING_OFF,
        end=_KEPT,
    ),
    Holding(
        model=ReviewRow,
        whose=Whose.CUSTOMERS,
        holds="reviews of held money: who decided, and why",
        personal=("reason",),
        withheld=Ground.TIPPING_OFF,
        end=_KEPT,
    ),
    Holding(
        model=NoteRow,
        whose=Whose.CUSTOMERS,
        holds="what staff noted",
        personal=("text",),
        withheld=Ground.TIPPING_OFF,
        end=_KEPT,
    ),
    Holding(
        model=SubjectRow,
        whose=Whose.CUSTOMERS,
        holds="which case a customer, merchant, device or record is in",
        personal=("subject",),
        withheld=Ground.TIPPING_OFF,
        end=_KEPT,
    ),
)
