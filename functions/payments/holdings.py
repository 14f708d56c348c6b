"""Personal data that this room keeps, table by table: what an export gives of it, and what closure leaves."""

from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, expires, impersonal, kept
from payments.tables import IndexRow, LinesRow, OperationRow, PaymentCodeRow, PaymentRow, RefundRow, SplitRow

HOLDINGS = (
    Holding(
        model=PaymentRow,
        whose=Whose.CUSTOMERS,
        holds="payments: to whom, how much, what for, from which device, with the verdict",
        personal=("description", "device_id", "risk"),
        given="payments",
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=RefundRow,
        whose=Whose.CUSTOMERS,
        holds="refunds, with their reason",
        personal=("reason", "made_by"),
        given="refunds",
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=LinesRow,
        whose=Whose.CUSTOMERS,
        holds="lines of orders that benefits or points were used on: which articles, how many, for how much",
        personal=("lines",),
        given="payment_lines",
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=OperationRow,
        whose=Whose.CUSTOMERS,
        holds="captures and cancellations",
        personal=("made_by",),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=IndexRow,
        whose=Whose.CUSTOMERS,
        holds="which payments an account has made",
        withheld=Ground.ELSEWHERE,
        end=kept(laws.TRANSACTIONS, "ids alone"),
    ),
    Holding(
        model=PaymentCodeRow,
        whose=Whose.CUSTOMERS,
        holds="digests of payment codes, with the device that asked for them",
        personal=("device_id",),
        withheld=Ground.SECRETS,
        end=expires("a day after they were shown"),
    ),
    impersonal(SplitRow, "shares of a payment among merchants", whose=Whose.MERCHANTS),
)
