"""Personal data that this room keeps: what staff proposed and approved, some of it about customers."""

from bank.control.approval.tables import ApprovalRow, MarkRow, RuleRow
from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, impersonal, kept

HOLDINGS = (
    Holding(
        model=ApprovalRow,
        whose=Whose.CUSTOMERS,
        holds="what was to be approved, by whom, with the reason; whose record it is about",
        personal=("summary", "history"),
        withheld=Ground.TIPPING_OFF,
        end=kept(laws.LOGS),
    ),
    impersonal(MarkRow, "how many approvals of a maker wait, and which was used last", whose=Whose.STAFF),
    impersonal(RuleRow, "who may approve what", whose=Whose.STAFF),
)
