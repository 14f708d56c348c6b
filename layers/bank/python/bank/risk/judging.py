"""Judging one movement of money: what to read, the facts that makes, and the verdict.

No answer is never a verdict by accident: where no rule set is live, its content is missing or broken, or its
evaluation fails, the product's stated posture applies, and a log line and a metric say so (invariant 19).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bank import clock, rules, store
from bank.config import config
from bank.ledger.activity import WINDOWS, Activity, Caps, Sighting, Spend, Tally
from bank.ledger.domain import Account
from bank.observability import logger
from bank.risk import facts as schema
from bank.risk.tables import (
    FRAUD_DAYS,
    KNOWN_DAYS,
    ContentRow,
    LiveRow,
    ProfileRow,
    content_key,
    live_key,
    short,
)
from bank.risk.verdict import Outcome, Verdict, conclude, posture
from bank.rules import RulesBroken

EARTH_KM = 6371
NIGHT_ENDS = 6
MICRO = 10**6


@dataclass(frozen=True)
class Context:
    """A movement of money to judge, as the request tells it. Amount in minor units, place in microdegrees.

    `payee` is the receiving account or the merchant; "" where there is none.
    """

    product: str
    account_id: str
    amount: int
    currency: str
    client_id: str
    payee: str = ""
    merchant_id: str = ""
    device_id: str = ""
    latitude: int | None = None
    longitude: int | None = None

    @classmethod
    def of(cls, product: str, circumstances: "Circumstances", **facts: Any) -> "Context":
        """With what the request says of its circumstances."""
        return cls(
            product=product,
            device_id=circumstances.device_id,
            latitude=circumstances.latitude,
            longitude=circumstances.longitude,
            **facts,
        )


@dataclass(frozen=True)
class Circumstances:
    """Where a request comes from, and the payment token that it brings."""

    device_id: str = ""
    latitude: int | None = None
    longitude: int | None = None
    token: str | None = None


@dataclass(frozen=True)
class Found:
    """What `keys` names, as read; `None` where there is no row."""

    live: LiveRow | None
    payer: ProfileRow | None
    channel: ProfileRow | None
    payee: ProfileRow | None
    device: ProfileRow | None


def keys(context: Context) -> list[store.Key]:
    """What to read for a verdict, for the use case's one batch read; `found` takes the rows in this order."""
    wanted: list[store.Key] = [
        (LiveRow, live_key(context.product)),
        (ProfileRow, f"payer#{context.account_id}"),
        (ProfileRow, f"channel#{context.client_id}"),
    ]
    if context.payee:
        wanted.append((ProfileRow, payee_key(context)))
    if context.device_id:
        wanted.append((ProfileRow, f"device#{context.device_id}"))
    return wanted


def payee_key(context: Context) -> str:
    """Whose profile tells of the payee."""
    return f"merchant#{context.merchant_id}" if context.merchant_id else f"payee#{context.payee}"


def _found(context: Context, rows: Sequence[Any]) -> Found:
    live, payer, channel, *rest = rows
    payee = rest.pop(0) if context.payee else None
    return Found(live, payer, channel, payee, rest.pop(0) if context.device_id else None)


def judge(
    context: Context, rows: Sequence[Any], account: Account, merchant: Account | None, now: datetime
) -> tuple[Verdict, Spend]:
    """The verdict on a movement, and what its spend brings to the payer's row: caps, and where it was.

    `rows` are those of `keys`, `account` the payer's, `merchant` the one that will take the money. No round
    trip, but for the content of a version that this process has not met.
    """
    found = _found(context, rows)
    made = facts(context, found, account, merchant, now)
    recorded = schema.pack(made)
    version = (found.live.version if found.live else None) or ""
    seen = _sighting(context, now)
    try:
        decision, caps = _loaded(version)
        outcome, reasons = conclude(rules.evaluate(decision, made), made)
    except (RulesBroken, ClientError, BotoCoreError) as error:
        outcome, reasons = _posture(context.product, found.live, recorded, error)
        return Verdict(outcome, reasons, version, posture=True, input=recorded), Spend(seen=seen)
    return Verdict(outcome, reasons, version, input=recorded), Spend(caps, seen)


# Rules --------------------------------------------------------------------------------------------

_contents: dict[str, tuple[rules.Decision, Caps] | RulesBroken] = {}


def forget() -> None:
    """Drop every version that this process has loaded (tests)."""
    _contents.clear()
    rules.forget()


def _loaded(version: str) -> tuple[rules.Decision, Caps]:
    """A version's model and caps; read once in a process. Raises RulesBroken and what botocore raises."""
    if not version:
        raise RulesBroken("no rule set is live")
    if version not in _contents:
        row = store.get(ContentRow, content_key(version))
        if row is None:
            raise RulesBroken(f"the content of {version} is missing")
        if len(_contents) >= rules.KEPT:
            _contents.pop(next(iter(_contents)))
        # What is broken stays broken: a version's content never changes.
        _contents[version] = _compiled(version, row)
    loaded = _contents[version]
    if isinstance(loaded, RulesBroken):
        raise loaded
    return loaded


def _compiled(version: str, row: ContentRow) -> tuple[rules.Decision, Caps] | RulesBroken:
    try:
        decision = rules.compiled(version, row.content, schema.PATHS, schema.SAMPLES)
        return decision, checked_caps(row.caps or {})
    except RulesBroken as error:
        return error


def checked_caps(caps: Any) -> Caps:
    """Caps as data: {window: {"count"?, "sum"?}}, whole numbers. Raises RulesBroken."""
    try:
        for window, cap in caps.items():
            bounds = [(name, bound) for name, bound in cap.items()]
            if window not in WINDOWS or not all(
                name in ("count", "sum") and type(bound) is int and bound >= 0 for name, bound in bounds
            ):
                raise RulesBroken(f"these are no caps: {window}")
    except AttributeError:
        raise RulesBroken("caps are an object of windows") from None
    checked: Caps = caps
    return checked


def _posture(
    product: str, live: LiveRow | None, recorded: list[Any], error: Exception
) -> tuple[Outcome, tuple[str, ...]]:
    # Imported here: a verdict by the rules needs none of it.
    from aws_lambda_powertools.metrics import MetricUnit, single_metric

    stated = (live.posture if live else None) or config.posture(product)
    logger.warning("risk cannot answer: the posture applies", product=product, posture=stated, why=str(error))
    with single_metric(name="RiskPostureApplied", unit=MetricUnit.Count, value=1) as metric:
        metric.add_dimension(name="product", value=product)
    return posture(Outcome(stated), recorded)


# Facts --------------------------------------------------------------------------------------------


def facts(
    context: Context, found: Found, account: Account, merchant: Account | None, now: datetime
) -> schema.Facts:
    """The facts of a movement (`bank.risk.facts`)."""
    hour = schema.hour_of(now)
    flat: dict[str, Any] = {
        "product": context.product,
        "amount": context.amount,
        "currency": context.currency,
        "hour": hour,
        "night": hour < NIGHT_ENDS,
        **_customer(context, found, account, now),
        **_counterparts(context, found, account, now),
        **_windows("merchant", merchant.activity if merchant else Activity(), now),
        **_windows("channel", _of_profile(found.channel), now),
        **_travel(context, account.seen, now),
        **_lists(context, found, now),
    }
    return schema.nested(flat)


def _customer(context: Context, found: Found, account: Account, now: datetime) -> dict[str, Any]:
    customer: Any = account.metadata.get("customer") or {}
    month = account.activity.tallies(int(now.timestamp()))["30d"]
    mean = month.sum // month.count if month.count else 0
    return {
        "customer.given": bool(customer),
        "customer.level": customer.get("level", 0),
        "customer.days": max(0, (now - clock.parse(account.opened_at)).days),
        **_windows("customer", account.activity, now),
        "customer.mean_30d": mean,
        "customer.ratio": context.amount * 100 // mean if mean else 0,
        "customer.frauds_28d": _frauds(found.payer, now),
    }


def _counterparts(context: Context, found: Found, account: Account, now: datetime) -> dict[str, Any]:
    payer, device, payee = found.payer, found.device, found.payee
    known_devices = (payer.devices if payer else None) or {}
    known_payees = (payer.payees if payer else None) or {}
    name, before = short(context.device_id) if context.device_id else "", account.seen.device
    recently = _day(now, KNOWN_DAYS)
    return {
        "device.given": bool(name),
        "device.new": bool(name) and name not in known_devices and name != before,
        "device.changed": bool(name and before) and name != before,
        "device.customers_30d": device.seen_since(device.payers, recently) if name and device else 0,
        "device.frauds_28d": _frauds(device, now) if name else 0,
        "payee.given": bool(context.payee),
        "payee.new": bool(context.payee) and short(context.payee) not in known_payees,
        "payee.frauds_28d": _frauds(payee, now),
        "merchant.given": bool(context.merchant_id),
        "merchant.frauds_28d": _frauds(payee, now) if context.merchant_id else 0,
    }


def _lists(context: Context, found: Found, now: datetime) -> dict[str, Any]:
    at = clock.instant(now)
    payee = "merchant" if context.merchant_id else "payee"
    on = {"customer": found.payer, payee: found.payee, "device": found.device}
    return {f"lists.{who}": row.listed(at) for who, row in on.items() if row}


def _windows(group: str, activity: Activity, now: datetime) -> dict[str, int]:
    tallies = activity.tallies(int(now.timestamp()))
    return {
        f"{group}.{name}_{window}": getattr(tally, name)
        for window, tally in tallies.items()
        for name in ("count", "sum")
    }


def _of_profile(row: ProfileRow | None) -> Activity:
    if row is None:
        return Activity()
    in_minute = Tally(int(row.minute_count), int(row.minute_sum))
    return Activity.unpack(int(row.minute or 0), in_minute, row.earlier)


def _travel(context: Context, before: Sighting, now: datetime) -> dict[str, Any]:
    here = _sighting(context, now)
    if here.latitude is None or before.latitude is None:
        return {}
    km = kilometres(here, before)
    minutes = max(0, (here.seconds - before.seconds) // 60)
    return {
        "travel.given": True,
        "travel.km": km,
        "travel.minutes": minutes,
        "travel.kmh": km * 60 // max(1, minutes) if km else 0,
    }


def kilometres(one: Sighting, other: Sighting) -> int:
    """Between two places on a sphere, rounded down (haversine: Sinnott, Sky and Telescope 68, 1984)."""
    first, second = (
        (math.radians((place.latitude or 0) / MICRO), math.radians((place.longitude or 0) / MICRO))
        for place in (one, other)
    )
    across = math.sin((first[0] - second[0]) / 2) ** 2
    around = math.sin((first[1] - second[1]) / 2) ** 2
    share = min(1.0, across + math.cos(first[0]) * math.cos(second[0]) * around)
    return int(2 * EARTH_KM * math.asin(math.sqrt(share)))


def _sighting(context: Context, now: datetime) -> Sighting:
    seen = Sighting(short(context.device_id) if context.device_id else "")
    if context.latitude is None or context.longitude is None:
        return seen
    seconds = int(now.timestamp())
    return replace(seen, latitude=context.latitude, longitude=context.longitude, seconds=seconds)


def _frauds(row: ProfileRow | None, now: datetime) -> int:
    return row.frauds_since(_day(now, FRAUD_DAYS)) if row else 0


def _day(now: datetime, days: int) -> Any:
    return clock.business_date(now) - timedelta(days=days)
