"""Building blocks of rooms' schemas: base models and field types."""

import re
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from bank.money import MAX_AMOUNT, MINOR_DIGITS
from bank.text import shown

MAX_PAGE = 100
RFC_3339 = re.compile(
    r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
)
BELOW_MICROSECONDS = re.compile(r"\.[0-9]{6}[0-9]*[1-9]")


class Schema(BaseModel):
    """Base of answers and of what stands in a query. Unknown fields are refused."""

    # Fields that prove the request and are no part of what it asks for: the same key may come with others.
    proofs: ClassVar[frozenset[str]] = frozenset()
    # Fields that came after others: where they ask for nothing, a request is known as it was before them.
    added: ClassVar[frozenset[str]] = frozenset()

    # Built at first use: a cold start pays only for what its request needs.
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, defer_build=True, hide_input_in_errors=True
    )


class Body(Schema):
    """Base of JSON requests: nothing is coerced from another type ("1" is not a number)."""

    model_config = ConfigDict(strict=True)

    @property
    def takes_approval(self) -> bool:
        """Return whether others approve what this asks for, where its act says so (`bank.control.gate`)."""
        return True


def _known_currency(code: str) -> str:
    if code not in MINOR_DIGITS:
        raise ValueError(f"is not one of {', '.join(sorted(MINOR_DIGITS))}")
    return code


def _written_out(value: Any) -> Any:
    # pydantic would cut off what is finer, and a list would begin or end elsewhere than it was asked to.
    if isinstance(value, str) and BELOW_MICROSECONDS.search(value):
        raise ValueError("is finer than a microsecond")
    # pydantic would also take a number of seconds, a bare date and other spellings.
    if isinstance(value, datetime) or (isinstance(value, str) and RFC_3339.match(value)):
        return value
    raise ValueError("is not an instant as RFC 3339 writes it: 2026-01-15T09:30:00+08:00")


def _of_our_times(moment: datetime) -> datetime:
    # Beyond these years an instant cannot be told in every offset.
    if not 1900 <= moment.year <= 9000:
        raise ValueError("is not of our times")
    return moment


Amount = Annotated[int, Field(strict=True, ge=1, le=MAX_AMOUNT, description="Minor units (fen, cents)")]
Currency = Annotated[
    str,
    Field(pattern=r"^[A-Z]{3}$", description="ISO 4217", examples=["CNY"]),
    AfterValidator(_known_currency),
]
# Text that a person or a channel chose. The pattern is what other tools can check of it.
Text = Annotated[
    str,
    Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x20\x7f]([^\x00-\x1f\x7f]*[^\x00-\x20\x7f])?$"),
    AfterValidator(shown),
]
Identifier = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_\-.:]+$")]
Instant = Annotated[
    AwareDatetime, Field(strict=False), BeforeValidator(_written_out), AfterValidator(_of_our_times)
]
