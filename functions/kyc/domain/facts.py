"""Facts of identity as a person states them, and their plausibility: pure.

Resident id numbers are GB 11643-1999: six digits of region (GB/T 2260), eight of date of birth, three of
sequence (odd for men), and a check character (ISO 7064, MOD 11-2).
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from bank import errors
from bank.text import ideographs

# Payment accounts are for who can be held to what they agree to (Civil Code art. 18: from 16, on own income).
MINIMUM_AGE = 16
NAME_LENGTHS = range(2, 26)
# The dot between the parts of minority names, as it is typed and as GB/T and the police write it.
DOTS = str.maketrans(dict.fromkeys("\u2022\u2027\u2219\u30fb\uff0e.", "·"))
# Chinese characters of every block: both compatibility blocks hold unified ones, planes 2 and 3 nothing else.
CHINESE = re.compile("[\u3007\u3400-\u4dbf\u4e00-\u9fff\ufa0e-\ufa29\U00020000-\U0003fffd]+")
# Nobody who was born before is alive.
EARLIEST_YEAR = 1900


class TooYoung(errors.Conflict):
    """409: below the age from which the bank verifies customers."""

    code, title = "too_young", "Too young"


class DocumentExpired(errors.Conflict):
    """409: the identity document is out of date."""

    code, title = "document_expired", "Document expired"


class Status(StrEnum):
    """Statuses of a verification; pending until the provider has answered."""

    PENDING = "pending"
    MATCHED = "matched"
    MISMATCHED = "mismatched"
    REFUSED = "refused"


@dataclass(frozen=True)
class Facts:
    """Facts to verify. Never logged: its fields do not show."""

    name: str = field(repr=False)
    id_number: str = field(repr=False)
    phone: str | None = field(default=None, repr=False)
    card: str | None = field(default=None, repr=False)

    @property
    def factors(self) -> list[str]:
        """The names of what was given."""
        return [name for name in ("name", "id_number", "phone", "card") if getattr(self, name)]


def name(text: str) -> str:
    """A Chinese name, or a minority's with dots between its parts, in one spelling. Raises ValueError."""
    spelled = unicodedata.normalize("NFC", ideographs(text.strip())).translate(DOTS)
    if len(spelled) not in NAME_LENGTHS or not all(map(CHINESE.fullmatch, spelled.split("·"))):
        raise ValueError("is not a Chinese name of 2 to 25 characters, with · between parts")
    return spelled


def id_number(text: str) -> str:
    """A resident id number in one spelling. Raises ValueError without repeating any of it.

    Which regions there are is for the provider to say: no public table has each that numbers were given in.
    """
    # Imported here: only who verifies needs it.
    from stdnum.cn import ric

    number = text.strip().upper()
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        raise ValueError("is not 17 digits and a check character")
    if ric.calc_check_digit(number) != number[-1]:
        raise ValueError("has a wrong check character")
    try:
        born(number)
    except ValueError:
        raise ValueError("holds no date of birth") from None
    return number


def born(number: str) -> date:
    """The date of birth in an id number. Raises ValueError where it is none of a living person."""
    born_on = date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    if born_on.year < EARLIEST_YEAR:
        raise ValueError(f"is before {EARLIEST_YEAR}")
    return born_on


def age(born_on: date, today: date) -> int:
    """Full years; below zero for who is not born yet."""
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def admit(facts: Facts, *, document_expires_on: date | None, today: date) -> None:
    """Raise what speaks against verifying these facts today; `None` is a document for life (长期)."""
    if age(born(facts.id_number), today) < MINIMUM_AGE:
        raise TooYoung(f"customers are verified from the age of {MINIMUM_AGE}")
    if document_expires_on and document_expires_on < today:
        raise DocumentExpired("the identity document is out of date")
