"""Personal data that this room keeps, table by table: what an export gives of it, and what closure leaves."""

from bank.privacy import laws
from bank.privacy.holdings import Ground, Holding, Whose, impersonal, kept
from transfers.tables import BatchRow, ChunkRow, DoneRow, LaneRow, TransferRow, WaitingRow

HOLDINGS = (
    Holding(
        model=TransferRow,
        whose=Whose.CUSTOMERS,
        holds="transfers: between which accounts, how much, the note, the device, the verdict",
        personal=("note", "device_id", "risk"),
        given="transfers",
        end=kept(laws.TRANSACTIONS),
    ),
    Holding(
        model=ChunkRow,
        whose=Whose.CUSTOMERS,
        holds="lines of batches with their outcome, and the notes that a payer's channel wrote",
        personal=("results",),
        withheld=Ground.ELSEWHERE,
        end=kept(laws.TRANSACTIONS),
    ),
    impersonal(BatchRow, "batches as channels announced them", whose=Whose.CHANNELS),
    impersonal(DoneRow, "totals of parts of a batch"),
    impersonal(LaneRow, "how far the lanes are in which channels' batches are paid", whose=Whose.CHANNELS),
    impersonal(WaitingRow, "batches that are being paid, by their accounts", whose=Whose.CHANNELS),
)
