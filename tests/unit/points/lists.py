"""How the lists of the points room are tried."""

from points.tables import PROGRAMMES, ProgrammeRow
from tests.support.lists import Listed, Lists, row

TERMS = {"pending_days": 7, "valid_months": 12, "per_payment": 1, "per_day": 1, "per_month": 1}


def _programme(number: int) -> str:
    programme_id = f"ppr_{number:02}"
    row(
        ProgrammeRow,
        desk=PROGRAMMES,
        entry=programme_id,
        content={},
        terms=TERMS,
        digest="",
        note="n",
        created_by="stf_1",
        created_at="2026-01-01T00:00:00.000000Z",
    )
    return programme_id


# The whole bank's: nothing of it is passed over.
LISTS: Lists = {
    "list_programmes": [
        Listed("programme_id", _programme, alone="the whole bank's, drafted by its head office")
    ]
}
