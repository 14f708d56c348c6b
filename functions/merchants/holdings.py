"""Personal data that this room keeps: of merchants, who may be one person, and of no customer."""

from bank.ledger import PayeeRow
from bank.privacy.holdings import End, Fate, Holding, Whose
from merchants.tables import MerchantRow, MovedPayoutRow, PayoutRow

HOLDINGS = (
    Holding(
        model=MerchantRow,
        whose=Whose.MERCHANTS,
        holds="merchants: holder's name and sealed number of the bank account that they are paid out to, "
        "sealed phone of their contact and of those before",
        personal=("name", "bank_account", "contact", "former_contacts"),
        end=End(Fate.STAYS, None, "merchants are not closed yet"),
    ),
    Holding(
        model=PayeeRow,
        whose=Whose.MERCHANTS,
        holds="payees: holder's name and sealed number of the bank account of a merchant or supplier, for "
        "the room that pays out",
        personal=("bank_account",),
        end=End(Fate.STAYS, None, "merchants are not closed yet"),
    ),
    Holding(
        model=PayoutRow,
        whose=Whose.MERCHANTS,
        holds="payouts of release 0.1, with the holder's name and the masked number of the time",
        personal=("bank_account",),
        end=End(Fate.STAYS),
    ),
    Holding(
        model=MovedPayoutRow,
        whose=Whose.MERCHANTS,
        holds="the same, as they are moved to the room that pays out",
        personal=("bank_account",),
        end=End(Fate.STAYS),
    ),
)
