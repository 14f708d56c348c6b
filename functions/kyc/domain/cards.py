"""Bank cards by their numbers: the check digit, and whose they are. Pure.

The table is of issuer identification numbers ("BIN") of debit and credit cards of the large banks, and of how
long their numbers are: facts as hexindai/bcbc lists them (github.com/hexindai/bcbc, data/bin.csv, MIT).
It is not complete; a card that it does not know proves no bank and is not taken.
"""

import functools
from dataclasses import dataclass
from enum import StrEnum

# bank code -> {(kind, length): prefixes}
_ISSUED: dict[str, dict[tuple[str, int], str]] = {
    "ICBC": {
        ("debit", 19): "621225-621227 621281 621288 621558 621559 621720-621724 622200 622202 622203 622208",
        ("credit", 16): "622210-622215 622230-622240 625858-625859",
    },
    "ABC": {
        ("debit", 19): "621282 621336 621619 621671 622821-622828 622841 622843-622849 623018 623052 623206",
        ("credit", 16): "622836-622839 625996-625998",
    },
    "BOC": {
        ("debit", 19): "621330-621332 621660-621663 621666-621669 621672 621725 621756-621759 621785-621790",
        ("credit", 16): "622750-622765 625905-625910",
    },
    "CCB": {
        ("debit", 19): "621081 621284 621467 621598 621621 621673 621700 622280 622700 623094 623211 623668",
        ("credit", 16): "622166 622168 622675-622677 625362 625363",
    },
    "COMM": {
        ("debit", 19): "621069 622260-622262",
        ("debit", 17): "622258 622259",
        ("credit", 16): "622251-622253 622285 622656",
    },
    "PSBC": {
        ("debit", 19): "621095 621096 621098 621285 621599 621674 621797-621799 622150 622151 622188 623218",
        ("credit", 16): "622810-622812",
    },
    "CMB": {
        ("debit", 16): "621286 621483 621485 621486 622580 622588 622598 622609 623126 623136",
        ("credit", 16): "622575-622579 622581 622582",
    },
    "CITIC": {
        ("debit", 16): "621767-621773 622690-622692 622696 622698 622998 622999",
        ("credit", 16): "622678-622680 622688 622689 622766-622768 622916 622918 622919",
    },
    "CEB": {
        ("debit", 16): "621489-621492 622660-622674 623156",
        ("credit", 16): "622650 622655 622657-622659 622685 622687",
    },
    "CMBC": {
        ("debit", 16): "621691 622615-622620 622622 623683",
        ("credit", 16): "622600-622603 622621 622623",
    },
    "SPDB": {
        ("debit", 16): "621351 621352 621390 621791-621793 621795 621796 622516-622518 622521-622523",
        ("credit", 16): "622228 622276 622277 622693",
    },
    "CIB": {("debit", 18): "622908 622909", ("credit", 16): "622571-622573 622901 622902"},
    "HXBANK": {
        ("debit", 16): "621222 622630-622633 623020-623023",
        ("credit", 16): "622637 622638",
    },
    "GDB": {("debit", 19): "621462 622568", ("credit", 16): "622555-622560 625071-625073"},
    "SPABANK": {
        ("debit", 19): "621626 623058",
        ("debit", 16): "622298 622536 622538 622539 622983 622986 622989",
        ("credit", 16): "622155-622157 622525 622526",
    },
}
BANKS = tuple(_ISSUED)


class Kind(StrEnum):
    """Kinds of card: debit or credit."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True)
class Issued:
    """Issuer of a card: the bank's code as UnionPay's partners write it, and its numbers' length."""

    bank: str
    kind: Kind
    length: int


def card_number(text: str) -> str:
    """A card number that its check digit and its bank's numbering allow. Raises ValueError."""
    number = text.replace(" ", "")
    if not (number.isascii() and number.isdigit() and 16 <= len(number) <= 19):
        raise ValueError("is not 16 to 19 digits")
    if not luhn(number):
        raise ValueError("has a wrong check digit")
    known = issued(number)
    if known is None:
        raise ValueError("is not of a bank that is known here")
    if known.length != len(number):
        raise ValueError("is not as long as its bank's cards")
    return number


def luhn(number: str) -> bool:
    """Return whether the check digit is right (ISO/IEC 7812-1, annex B)."""
    from stdnum import luhn as library

    return library.is_valid(number)


def issued(number: str) -> Issued | None:
    """Return a card's issuer, by its first six digits."""
    return _by_prefix().get(number[:6])


@functools.cache
def _by_prefix() -> dict[str, Issued]:
    return {
        prefix: Issued(bank, Kind(kind), length)
        for bank, ranges in _ISSUED.items()
        for (kind, length), text in ranges.items()
        for prefix in _prefixes(text)
    }


def _prefixes(text: str) -> list[str]:
    found = []
    for part in text.split():
        first, _, last = part.partition("-")
        found += [str(number) for number in range(int(first), int(last or first) + 1)]
    return found
