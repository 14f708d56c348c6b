"""Field types of the room's schemas."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from bank import clock
from bank.http import Schema

SixDigits = Annotated[str, Field(pattern=r"^[0-9]{6}$")]
# Any that can be read: what a password has to be is told of one that is chosen, not of one that is tried.
Password = Annotated[str, Field(min_length=1, max_length=256)]
RecoveryCode = Annotated[str, Field(min_length=8, max_length=40, pattern=r"^[A-Za-z0-9 \-]+$")]
CodeReference = Annotated[
    str, Field(min_length=1, max_length=64, description="From the answer to asking for the code")
]
IdNumber = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{17}[0-9Xx]$", description="As kyc has verified it", examples=["11010519491231002X"]
    ),
]
DeviceToken = Annotated[
    str,
    Field(max_length=128, pattern=r"^dev_[A-Za-z0-9]+\.[A-Za-z0-9_\-]+$", description="From a login before"),
]


def _of_a_person(birthday: date) -> date:
    if not date(1900, 1, 1) <= birthday <= clock.business_date():
        raise ValueError("is not a birthday")
    return birthday


Birthday = Annotated[date, Field(strict=False), AfterValidator(_of_a_person)]


class Done(Schema):
    """It is done."""

    status: Literal["done"] = "done"
