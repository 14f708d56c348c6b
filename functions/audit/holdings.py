"""Personal data that this room keeps, table by table: what an export gives of it, and what closure leaves."""

from audit.tables import BlockRow, DayRow, ReportRow
from bank.control.audit import AuditEntryRow
from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, impersonal, kept

HOLDINGS = (
    Holding(
        model=AuditEntryRow,
        whose=Whose.CUSTOMERS,
        holds="acts: who, what, when, from where (an export gives the customer's own and tries at "
        "their login, none of staff's)",
        personal=("source_ip", "reason", "before", "after"),
        given="acts",
        end=kept(laws.LOGS, "ids, masks and addresses"),
    ),
    Holding(
        model=BlockRow,
        whose=Whose.CUSTOMERS,
        holds="the same and decisions on money, chained; nothing can be taken out of it",
        personal=("packed",),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.LOGS, "ids, masks and addresses"),
    ),
    impersonal(DayRow, "days of the chain"),
    impersonal(ReportRow, "reports of its verification"),
)
