"""The two tables that a verdict reads. The risk room writes both; whoever moves money only reads them."""

from datetime import date, timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute

from bank import clock, ids, ledger, store
from bank.ledger.wallets import wallet_id
from bank.money import MINOR_DIGITS
from bank.store import Table, table_name

FRAUD_DAYS = 28
KNOWN_DAYS = 30
# The longest that lists of known devices, payees and payers grow: a profile stays within a kilobyte or two.
KNOWN = 40
ALWAYS = "9999"


class LiveRow(Table):
    """Live rule set of a product, its shadow versions, and the posture while none can answer.

    Key `live#<product>`. `posture` is an outcome. Read with each movement of money.
    """

    class Meta:
        table_name = table_name("risk-rules")

    rules_key = UnicodeAttribute(hash_key=True)
    version = UnicodeAttribute(null=True)
    shadows: JSONAttribute = JSONAttribute(null=True)
    posture = UnicodeAttribute(null=True)
    changed_at = UnicodeAttribute(default="")


class ContentRow(Table):
    """A version's model and caps: put once and never changed. Key `content#<version>`.

    `content` is a JDM document for `bank.rules`; `caps` is {window: {count?, sum?}}, sums in the
    home currency.
    """

    class Meta:
        table_name = table_name("risk-rules")

    rules_key = UnicodeAttribute(hash_key=True)
    content: JSONAttribute = JSONAttribute()
    caps: JSONAttribute = JSONAttribute(null=True)
    digest = UnicodeAttribute(default="")


class ProfileRow(Table):
    """Profile of a payer, payee, device or channel, beyond the ledger's rows.

    Key `payer#<account>`, `device#<id>`, `payee#<account>`, `merchant#<id>`, `channel#<client>`; and
    `devices#<account>`, by which a payer is found on devices when they leave. Times are instants; `ALWAYS`
    for a list's entry without an end. Days are `YYYY-MM-DD` in Shanghai.
    """

    class Meta:
        table_name = table_name("risk-profiles")

    profile_key = UnicodeAttribute(hash_key=True)
    block_until = UnicodeAttribute(null=True)
    watch_until = UnicodeAttribute(null=True)
    allow_until = UnicodeAttribute(null=True)
    # {day: count} of confirmed frauds.
    frauds: JSONAttribute = JSONAttribute(null=True)
    # A payer's {short name: the last day it was seen}; under `devices#`, by whole names.
    devices: JSONAttribute = JSONAttribute(null=True)
    payees: JSONAttribute = JSONAttribute(null=True)
    # A device's {short name of a payer: the last day}.
    payers: JSONAttribute = JSONAttribute(null=True)
    # A channel's windows, as bank.ledger.velocity packs them; sums are valued in the home currency.
    minute = NumberAttribute(null=True)
    minute_count = NumberAttribute(default=0)
    minute_sum = NumberAttribute(default=0)
    earlier = UnicodeAttribute(default="")

    def listed(self, now: str) -> str:
        """Return the list it is on at an instant: "block" before "watch" before "allow", or ""."""
        for name in ("block", "watch", "allow"):
            if (getattr(self, f"{name}_until") or "") > now:
                return name
        return ""

    def frauds_since(self, day: date) -> int:
        """Confirmed frauds from that day on."""
        return sum(count for on, count in (self.frauds or {}).items() if on >= day.isoformat())

    def seen_since(self, names: dict[str, str] | None, day: date) -> int:
        """Count the `names` seen from that day on."""
        return sum(last >= day.isoformat() for last in (names or {}).values())


def short(name: str) -> str:
    """A device's, payee's or payer's id in eight characters: enough to know it again within one profile."""
    return ids.digest(name)[:8]


def learned(names: dict[str, str] | None, key: str, today: date) -> dict[str, str] | None:
    """`names` with `key` seen today, the newest `KNOWN` of them; None where that changes nothing."""
    known = dict(names or {})
    if known.get(key) == today.isoformat():
        return None
    known[key] = today.isoformat()
    newest = sorted(known.items(), key=lambda pair: pair[1])[-KNOWN:]
    return dict(newest)


def with_fraud(frauds: dict[str, int] | None, day: date) -> dict[str, int]:
    """`frauds` with one more on that day, without those too old to count."""
    oldest = (day - timedelta(days=FRAUD_DAYS)).isoformat()
    kept = {on: count for on, count in (frauds or {}).items() if on >= oldest}
    kept[day.isoformat()] = kept.get(day.isoformat(), 0) + 1
    return kept


def live_key(product: str) -> str:
    """The key of a product's `LiveRow`."""
    return f"live#{product}"


def content_key(version: str) -> str:
    """The key of a version's `ContentRow`."""
    return f"content#{version}"


def payers_of(customer_id: str) -> list[str]:
    """The profile keys of a customer's accounts: payments name accounts, so lists of customers stand there.

    Wallets that are not opened yet are among them: their ids follow from the customer and the currency.
    """
    wallets = {wallet_id(customer_id, currency) for currency in MINOR_DIGITS}
    opened = set(ledger.accounts.ids_of(customer_id))
    return [f"payer#{account_id}" for account_id in sorted(wallets | opened)]


def today() -> date:
    """The business date, as profiles count days."""
    return clock.business_date()


def profile(key: str) -> store.Key:
    """A profile, for a batch read."""
    return ProfileRow, key


Profiles = dict[str, Any]
