"""EMV QR codes, merchant-presented mode (EMVCo QRCPS MPM v1.1): writing and reading the payload. Pure.

A payload is a run of data objects: a two-digit id, a two-digit length in characters, the value; templates
hold such objects in turn. It ends with the CRC over everything before its value. Own code: what PyPI has for
this serves single national schemes (KHQR, Pix, PI-SPI), and checks their rules rather than EMVCo's.
"""

import binascii
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FORMAT, INITIATION, CATEGORY, CURRENCY, AMOUNT = "00", "01", "52", "53", "54"
COUNTRY, NAME, CITY, ADDITIONAL, CRC, ALTERNATE = "58", "59", "60", "62", "63", "64"
BILL_NUMBER = "01"
LANGUAGE, ALTERNATE_NAME, ALTERNATE_CITY = "00", "01", "02"
# Merchant account information: 02 to 25 are of card schemes, 26 to 51 templates named by a unique id.
ACCOUNTS = [f"{tag:02d}" for tag in range(2, 52)]
TEMPLATES = ACCOUNTS[24:]
GLOBALLY_UNIQUE_ID = "00"

MAX_VALUE, MAX_NAME, MAX_CITY, MAX_BILL_NUMBER = 99, 25, 15, 25
FORMS = {
    CATEGORY: r"[0-9]{4}",
    CURRENCY: r"[0-9]{3}",
    AMOUNT: r"(?=.{1,13}$)[0-9]+(\.[0-9]*)?",
    COUNTRY: r"[A-Z]{2}",
    NAME: rf"[\x20-\x7e]{{1,{MAX_NAME}}}",
    CITY: rf"[\x20-\x7e]{{1,{MAX_CITY}}}",
}


class EmvError(ValueError):
    """Base of what can be wrong with a payload."""


class Malformed(EmvError):
    """It is not a run of data objects."""


class WrongCrc(EmvError):
    """Its CRC is missing or another one."""


class NotEncodable(EmvError):
    """A value does not fit its data object."""


class Initiation(StrEnum):
    """Initiation method: a code for many payments or for one."""

    STATIC = "static"
    DYNAMIC = "dynamic"


INITIATIONS = {"11": Initiation.STATIC, "12": Initiation.DYNAMIC}
INITIATION_CODES = {initiation: code for code, initiation in INITIATIONS.items()}


@dataclass(frozen=True)
class Alternate:
    """The merchant's name and city in its own script. `language` is ISO 639-1."""

    language: str
    name: str
    city: str | None = None


@dataclass(frozen=True)
class Presented:
    """Content of a payload. `accounts` are the values of ids 02 to 51; `currency` is ISO 4217 numeric.

    `amount` is decimal text, as it stands in the payload. What a payload that was read lacks is None.
    """

    initiation: Initiation | None
    accounts: Mapping[str, str] = field(default_factory=dict)
    category_code: str | None = None
    currency: str | None = None
    amount: str | None = None
    country: str | None = None
    name: str | None = None
    city: str | None = None
    bill_number: str | None = None
    alternate: Alternate | None = None


def crc(text: str) -> str:
    """CRC-16/CCITT-FALSE over the UTF-8 bytes of `text`, as four hexadecimal digits."""
    return f"{binascii.crc_hqx(text.encode(errors='surrogatepass'), 0xFFFF):04X}"


def crc_valid(payload: str) -> bool:
    """Return whether the payload ends with the CRC of what stands before it."""
    return payload[-8:-4] == CRC + "04" and payload[-4:] == crc(payload[:-4])


def template(objects: Mapping[str, str | None]) -> str:
    """Data objects as text, in the order given; those without a value are left out. Raises NotEncodable."""
    return "".join(_object(tag, value) for tag, value in objects.items() if value is not None)


def _object(tag: str, value: str) -> str:
    if not 0 < len(value) <= MAX_VALUE:
        raise NotEncodable(f"object {tag} has {len(value)} characters, not 1 to {MAX_VALUE}")
    return f"{tag}{len(value):02d}{value}"


def parse(text: str) -> dict[str, str]:
    """The data objects of a payload or template, by id, in their order. Raises Malformed."""
    objects: dict[str, str] = {}
    at = 0
    while at < len(text):
        head = text[at : at + 4]
        if not re.fullmatch(r"[0-9]{4}", head, re.ASCII):
            raise Malformed(f"no id and length at {at}")
        tag, length = head[:2], int(head[2:])
        at += 4 + length
        if at > len(text):
            raise Malformed(f"object {tag} is longer than what is left")
        if tag in objects:
            raise Malformed(f"object {tag} stands twice")
        objects[tag] = text[at - length : at]
    return objects


def encode(code: Presented) -> str:
    """The payload that says `code`. Raises NotEncodable."""
    objects: dict[str, str | None] = {
        FORMAT: "01",
        INITIATION: INITIATION_CODES[code.initiation] if code.initiation else None,
        **code.accounts,
        CATEGORY: code.category_code,
        CURRENCY: code.currency,
        AMOUNT: code.amount,
        COUNTRY: code.country,
        NAME: code.name,
        CITY: code.city,
    }
    _check(objects, code)
    objects[ADDITIONAL] = _bill(code.bill_number)
    objects[ALTERNATE] = _alternate(code.alternate)
    text = template(objects) + CRC + "04"
    return text + crc(text)


def _check(objects: Mapping[str, str | None], code: Presented) -> None:
    if not code.accounts or any(tag not in ACCOUNTS for tag in code.accounts):
        raise NotEncodable("merchant account information stands in objects 02 to 51, in one at least")
    for tag, form in FORMS.items():
        value = objects[tag]
        if value is None and tag != AMOUNT:
            raise NotEncodable(f"object {tag} is mandatory")
        if value is not None and not re.fullmatch(form, value, re.ASCII):
            raise NotEncodable(f"object {tag} may not be {value!r}")


def _bill(number: str | None) -> str | None:
    if number is None:
        return None
    if len(number) > MAX_BILL_NUMBER:
        raise NotEncodable(f"a bill number has up to {MAX_BILL_NUMBER} characters")
    return template({BILL_NUMBER: number})


def _alternate(alternate: Alternate | None) -> str | None:
    if alternate is None:
        return None
    if len(alternate.name) > MAX_NAME or len(alternate.city or "") > MAX_CITY:
        raise NotEncodable("the alternate name or city is too long")
    names = {ALTERNATE_NAME: alternate.name, ALTERNATE_CITY: alternate.city}
    return template({LANGUAGE: alternate.language, **names})


def decode(payload: str) -> Presented:
    """Decode a payload. Raises WrongCrc, Malformed."""
    if not crc_valid(payload):
        raise WrongCrc("the payload does not end with its CRC")
    objects = parse(payload)
    alternate = parse(objects.get(ALTERNATE, ""))
    return Presented(
        initiation=INITIATIONS.get(objects.get(INITIATION, "")),
        accounts={tag: value for tag, value in objects.items() if tag in ACCOUNTS},
        category_code=objects.get(CATEGORY),
        currency=objects.get(CURRENCY),
        amount=objects.get(AMOUNT),
        country=objects.get(COUNTRY),
        name=objects.get(NAME),
        city=objects.get(CITY),
        bill_number=parse(objects.get(ADDITIONAL, "")).get(BILL_NUMBER),
        alternate=Alternate(
            alternate.get(LANGUAGE, ""), alternate.get(ALTERNATE_NAME, ""), alternate.get(ALTERNATE_CITY)
        )
        if alternate
        else None,
    )
