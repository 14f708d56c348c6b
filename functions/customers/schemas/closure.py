"""Closing: what it erases, and what the law keeps."""

from datetime import date

from pydantic import Field

from bank.http import Schema
from customers.schemas.fields import Done


class Kept(Schema):
    """Something that the law has the bank keep."""

    what: str = Field(examples=["Facts of identity: name and id number as verified"])
    law: str = Field(examples=["Anti-Money Laundering Law of the PRC (2024), article 34"])
    until: str = Field(examples=["ten years after the business relation has ended"])
    last_day: date | None = Field(
        description="Where it counts from the day of closing", examples=["2036-11-29"]
    )


class ClosureTerms(Schema):
    """Terms of closing: what it erases, and what is kept, under which law and until when."""

    erased: list[str] = Field(examples=[["phone, birthday and nickname"]])
    kept: list[Kept]


class Closed(ClosureTerms, Done):
    """It is done."""
