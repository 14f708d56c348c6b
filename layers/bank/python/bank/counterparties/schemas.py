"""Fields that requests and answers of rooms that keep counterparties have alike."""

from typing import Annotated

from pydantic import Field

from bank.counterparties.cycles import Cycle
from bank.http.fields import Body, Schema, Text

Settlement = Annotated[Cycle, Field(strict=False, examples=["T+1"])]


class BankAccount(Body):
    """An account at a bank, to which its owner is paid out."""

    bank_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{3,14}$", examples=["102290000011"])]
    account_number: Annotated[
        str, Field(pattern=r"^[0-9A-Z]{8,34}$", repr=False, examples=["6222021234567890123"])
    ]
    holder_name: Text = Field(examples=["Lucky Records Ltd"])


class MaskedBankAccount(Schema):
    """The bank account on file; of its number only the last four digits show."""

    bank_code: str
    account_number: str = Field(examples=["***************0123"])
    holder_name: str
