"""Personal data that this room keeps: of merchants, who may be one person, and of no customer."""

from bank.privacy.holdings import End, Fate, Holding, Whose
from settlement.tables import PayoutRow

HOLDINGS = (
    Holding(
        model=PayoutRow,
        whose=Whose.MERCHANTS,
        holds="payouts, with the holder's name and the masked number of the time",
        personal=("bank_account",),
        end=End(Fate.STAYS),
    ),
)
