"""Facts that a verdict is made of: their schema, and how they are recorded and read again.

Facts are whole numbers, truths and short words, so that rules have nothing to round and a recorded input is
small. Amounts are in minor units, of the movement's currency unless it is said of which. A fact that is not
known is 0, false or "", and its `given` says so. What a request leaves out is taken for the worst that it
could have said: a device that nobody has seen, the other end of the earth. So nobody gets a milder verdict
by saying less.

A schema never changes once verdicts have been recorded with it: a new fact makes a new version.
"""

import base64
import zlib
from collections.abc import Iterator
from itertools import islice
from typing import Any

from bank.clock import SHANGHAI
from bank.config import config
from bank.money import MAX_AMOUNT, MINOR_DIGITS, valued
from bank.rules import TRUTH, Kind, Number, Word

VERSION = 2

# In this order they are recorded: path, type, what it says. No number is negative.
SCHEMA: dict[int, tuple[tuple[str, type, str], ...]] = {
    1: (
        ("product", str, "payment, transfer, withdrawal or benefit"),
        ("amount", int, "minor units of `currency`"),
        ("currency", str, "ISO 4217"),
        ("hour", int, "of the day in Shanghai, 0 to 23"),
        ("night", bool, "between 0:00 and 5:59"),
        (
            "customer.given",
            bool,
            "the payer is a customer with verified details, not a channel's own account",
        ),
        ("customer.level", int, "of verification: 1 to 3, 0 where unknown"),
        ("customer.days", int, "since the account was opened"),
        ("customer.count_1m", int, "spends of the account in the last minute, before this one"),
        ("customer.sum_1m", int, "and what they add up to"),
        ("customer.count_1h", int, "in the last hour"),
        ("customer.sum_1h", int, ""),
        ("customer.count_24h", int, "in the last 24 hours"),
        ("customer.sum_24h", int, ""),
        ("customer.count_30d", int, "in the last 30 days"),
        ("customer.sum_30d", int, ""),
        ("customer.mean_30d", int, "of a spend, rounded down; 0 where there was none"),
        ("customer.ratio", int, "this amount in percent of that mean; 0 where there was none"),
        ("customer.frauds_28d", int, "confirmed of this payer"),
        ("device.given", bool, "the request said which device it comes from"),
        ("device.new", bool, "this payer was never seen with it; so is one that is not given"),
        ("device.changed", bool, "not that of the spend before; so is one that is not given"),
        ("device.customers_30d", int, "payers seen with it"),
        ("device.frauds_28d", int, "confirmed of payments with it"),
        ("payee.given", bool, "there is one: not for withdrawals"),
        ("payee.new", bool, "this payer never paid there"),
        ("payee.frauds_28d", int, "confirmed of payments to it"),
        ("merchant.given", bool, "the payee is a merchant"),
        ("merchant.count_1m", int, "what the merchant took, as far as it is booked"),
        ("merchant.sum_1m", int, ""),
        ("merchant.count_1h", int, ""),
        ("merchant.sum_1h", int, ""),
        ("merchant.count_24h", int, ""),
        ("merchant.sum_24h", int, ""),
        ("merchant.count_30d", int, ""),
        ("merchant.sum_30d", int, ""),
        ("merchant.frauds_28d", int, "confirmed of payments to the merchant"),
        ("channel.count_1m", int, "spends through the channel, as far as they have been counted"),
        ("channel.sum_1m", int, "valued in the home currency, as all of a channel's sums"),
        ("channel.count_1h", int, ""),
        ("channel.sum_1h", int, ""),
        ("channel.count_24h", int, ""),
        ("channel.sum_24h", int, ""),
        ("channel.count_30d", int, ""),
        ("channel.sum_30d", int, ""),
        ("travel.given", bool, "this spend and an earlier one said where they were made"),
        ("travel.km", int, "between the two; where this one does not say, the farthest that it could be"),
        ("travel.minutes", int, "between the two"),
        ("travel.kmh", int, "the speed that it takes, 0 within one kilometre"),
        ("lists.customer", str, '"block", "watch", "allow" or "": the list that the payer is on'),
        ("lists.device", str, ""),
        ("lists.payee", str, ""),
        ("lists.merchant", str, ""),
    )
}
SCHEMA[2] = (
    *SCHEMA[1],
    (
        "amount_home",
        int,
        "what `amount` counts for in minor units of the home currency (`bank.money.valued`)",
    ),
)
_NESTED = [
    (path, kind, path.rpartition(".")[0], path.rpartition(".")[2], kind())
    for path, kind, _ in SCHEMA[VERSION]
]
_ORDER = {version: [path.split(".") for path, _, _ in fields] for version, fields in SCHEMA.items()}

# What each fact can be, for rules; a movement with a fact beyond it is one that risk cannot judge.
_LISTS = Word(frozenset({"block", "watch", "allow", ""}))
_WORDS = {
    "product": Word(frozenset({"payment", "transfer", "withdrawal", "benefit", ""})),
    "currency": Word(frozenset({*MINOR_DIGITS, ""})),
}
_MOST = {"amount": MAX_AMOUNT, "hour": 23, "customer.level": 3}
_SUMS = ("sum_1m", "sum_1h", "sum_24h", "sum_30d", "mean_30d")


def _kind(path: str, kind: type) -> Kind:
    if kind is bool:
        return TRUTH
    if kind is str:
        return _WORDS.get(path, _LISTS)
    return Number(0, _MOST.get(path, 10**18 if path.endswith(_SUMS) else 10**15), whole=True)


KINDS = {path: _kind(path, kind) for path, kind, _ in SCHEMA[VERSION]}

WINDOWS = ("1m", "1h", "24h", "30d")
Facts = dict[str, Any]

# Most facts are small.
_DIGITS = [bytes([value]) for value in range(0x80)]


def nested(flat: dict[str, Any]) -> Facts:
    """Facts by dotted path as rules see them: `customer.count_1h` is `{"customer": {"count_1h": ...}}`."""
    facts: Facts = {}
    for path, kind, group, name, unknown in _NESTED:
        (facts.setdefault(group, {}) if group else facts)[name] = kind(flat.get(path, unknown))
    return facts


def pack(facts: Facts) -> list[Any]:
    """As they are recorded: the schema's version, then each fact in its order."""
    values = [_at(facts, path) for path in _ORDER[VERSION]]
    return [VERSION, *(int(value) if isinstance(value, bool) else value for value in values)]


def unpack(recorded: list[Any]) -> Facts:
    """The facts that were recorded, whichever version of the schema they are of. Raises ValueError.

    What a version has not follows from what it has, so that rules of today are tried on history of before.
    """
    fields = SCHEMA.get(recorded[0]) if recorded else None
    if fields is None or len(recorded) != len(fields) + 1:
        raise ValueError("these are no recorded facts")
    facts: Facts = {}
    for (path, kind, _), value in zip(fields, recorded[1:], strict=True):
        group, _, name = path.rpartition(".")
        (facts.setdefault(group, {}) if group else facts)[name] = kind(value)
    if "amount_home" not in facts:
        facts["amount_home"] = amount_home(facts["amount"], facts["currency"])
    return facts


def amount_home(amount: int, currency: str) -> int:
    """The fact `amount_home` of a movement; 0 where it is of no currency."""
    return valued(amount, currency, config.home_currency) if currency else 0


def encode(recorded: list[Any]) -> str:
    """The recorded facts in little text: numbers of 7 bits a byte (LEB128), deflated (RFC 1951), base 85."""
    raw = b"".join(_number(part) if isinstance(part, int) else _word(part) for part in recorded)
    # The smallest window: to make ready the largest takes ten times as long as these few bytes.
    deflate = zlib.compressobj(9, wbits=-9, memLevel=1)
    return base64.b85encode(deflate.compress(raw) + deflate.flush()).decode()


def decode(stored: str) -> list[Any]:
    """The inverse of `encode`."""
    raw = iter(zlib.decompress(base64.b85decode(stored), wbits=-zlib.MAX_WBITS))
    version = _read_number(raw)
    words = [kind is str for _, kind, _ in SCHEMA[version]]
    return [version, *(_read_word(raw) if word else _read_number(raw) for word in words)]


def _number(value: int) -> bytes:
    if 0 <= value <= 0x7F:
        return _DIGITS[value]
    made = bytearray()
    while value > 0x7F:
        made.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*made, value])


def _word(value: str) -> bytes:
    content = value.encode()
    return _number(len(content)) + content


def _read_number(raw: Iterator[int]) -> int:
    value = shift = 0
    for part in raw:
        value |= (part & 0x7F) << shift
        if part <= 0x7F:
            break
        shift += 7
    return value


def _read_word(raw: Iterator[int]) -> str:
    return bytes(islice(raw, _read_number(raw))).decode()


def _at(facts: Facts, path: list[str]) -> Any:
    for name in path:
        facts = facts[name]
    return facts


def hour_of(moment: Any) -> int:
    """The hour of the day in Shanghai."""
    return int(moment.astimezone(SHANGHAI).hour)
