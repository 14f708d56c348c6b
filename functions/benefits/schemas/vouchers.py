"""Codes of a product's pool: loaded or made, and how many there are. No answer shows a code to staff."""

from typing import Annotated

from pydantic import Field, model_validator

from bank.http import Body, Schema
from benefits.domain.vouchers import LEGIBLE

# As many as a request has time for: a larger file is sent in parts, and again where an answer is lost.
MOST = 500


class Generated(Body):
    """Codes to make: each `#` of the pattern is a character of the charset, by chance."""

    pattern: Annotated[str, Field(min_length=4, max_length=64, examples=["SUMMER-####-####"])]
    charset: Annotated[str, Field(min_length=2, max_length=62, pattern=r"^[A-Za-z0-9]+$")] = LEGIBLE
    count: Annotated[int, Field(ge=1, le=MOST)]


class LoadCodes(Body):
    """Codes for a product's pool: those of a supplier, line by line, or some to be made."""

    codes: list[Annotated[str, Field(max_length=128)]] = Field(default=[], max_length=MOST)
    generate: Generated | None = Field(default=None, examples=[{"pattern": "SUMMER-####-####", "count": 100}])

    @model_validator(mode="after")
    def _one_of_both(self) -> "LoadCodes":
        if bool(self.codes) == (self.generate is not None):
            raise ValueError("give either codes or generate")
        return self


class RefusedLine(Schema):
    """A line that is no code for this pool; `reason`: `not_a_code`, `in_another_pool`."""

    line: int
    reason: str = Field(examples=["not_a_code"])


class LoadedCodes(Schema):
    """Codes that came to the pool, and those that it had already; `free` are free now."""

    loaded: int
    known: int
    refused: list[RefusedLine]
    free: int
