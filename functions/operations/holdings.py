"""Data of people that this room keeps: which of staff acknowledged an alarm."""

from bank.privacy.holdings import End, Fate, Holding, Whose, impersonal
from operations.tables import IncidentRow, WatchedJobRow

HOLDINGS = (
    impersonal(WatchedJobRow, "when each job had its last good run"),
    Holding(
        model=IncidentRow,
        whose=Whose.STAFF,
        holds="alarms that went off, and who of staff acknowledged them",
        personal=("note",),
        end=End(Fate.STAYS),
    ),
)
