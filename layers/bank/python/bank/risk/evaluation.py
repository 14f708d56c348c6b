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
from bank.ledger.domain import Account
from bank.ledger.velocity import WINDOWS, Caps, Origin, Spend, Velocity, VelocityCounter
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
class Movement:
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
    def of(cls, product: str, request_context: "RequestContext", **facts: Any) -> "Movement":
        """Describe a movement with the context of its request."""
        return cls(
            product=product,
            device_id=request_context.device_id,
            latitude=request_context.latitude,
            longitude=request_context.longitude,
            **facts,
        )


@dataclass(frozen=True)
class RequestContext:
    """Device, place (microdegrees) and payment token of a request."""

    device_id: str = ""
    latitude: int | None = None
    longitude: int | None = None
    token: str | None = None


@dataclass(frozen=True)
class Profiles:
    """Rows of `keys` as read; `None` where there is no row."""

    live: LiveRow | None
    payer: ProfileRow | None
    channel: ProfileRow | None
    payee: ProfileRow | None
    device: ProfileRow | None


def keys(movement: Movement) -> list[store.Key]:
    """The rows to read for a verdict, in the order in which `assess` takes them."""
    wanted: list[store.Key] = [
        (LiveRow, live_key(movement.product)),
        (ProfileRow, f"payer#{movement.account_id}"),
        (ProfileRow, f"channel#{movement.client_id}"),
    ]
    if movement.payee:
        wanted.append((ProfileRow, payee_key(movement)))
    if movement.device_id:
        wanted.append((ProfileRow, f"device#{movement.device_id}"))
    return wanted


def payee_key(movement: Movement) -> str:
    """Return the key of the payee's profile."""
    return f"merchant#{movement.merchant_id}" if movement.merchant_id else f"payee#{movement.payee}"


def _profiles(movement: Movement, rows: Sequence[Any]) -> Profiles:
    live, payer, channel, *rest = rows
    payee = rest.pop(0) if movement.payee else None
    return Profiles(live, payer, channel, payee, rest.pop(0) if movement.device_id else None)


def assess(
    movement: Movement, rows: Sequence[Any], account: Account, merchant: Account | None, now: datetime
) -> tuple[Verdict, Spend]:
    """The verdict on a movement, and what its spend brings to the payer's row: caps, and where it was.

    `rows` are those of `keys`, `account` the payer's, `merchant` the one that will take the money. No round
    trip, but for the content of a version that this process has not met.
    """
    profiles = _profiles(movement, rows)
    made = facts(movement, profiles, account, merchant, now)
    recorded = schema.pack(made)
    version = (profiles.live.version if profiles.live else None) or ""
    origin = _origin(movement, now)
    try:
        decision, caps = _loaded(version)
        outcome, reasons = conclude(rules.evaluate(decision, made), made)
    except (RulesBroken, ClientError, BotoCoreError) as error:
        outcome, reasons = _posture(movement.product, profiles.live, recorded, error)
        return Verdict(outcome, reasons, version, posture=True, input=recorded), Spend(origin=origin)
    return Verdict(outcome, reasons, version, input=recorded), Spend(caps, origin)


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
    movement: Movement, profiles: Profiles, account: Account, merchant: Account | None, now: datetime
) -> schema.Facts:
    """The facts of a movement (`bank.risk.facts`)."""
    hour = schema.hour_of(now)
    flat: dict[str, Any] = {
        "product": movement.product,
        "amount": movement.amount,
        "currency": movement.currency,
        "hour": hour,
        "night": hour < NIGHT_ENDS,
        **_customer(movement, profiles, account, now),
        **_counterparts(movement, profiles, account, now),
        **_windows("merchant", merchant.velocity if merchant else Velocity(), now),
        **_windows("channel", _of_profile(profiles.channel), now),
        **_travel(movement, account.last_origin, now),
        **_lists(movement, profiles, now),
    }
    return schema.nested(flat)


def _customer(movement: Movement, profiles: Profiles, account: Account, now: datetime) -> dict[str, Any]:
    customer: Any = account.metadata.get("customer") or {}
    month = account.velocity.counters(int(now.timestamp()))["30d"]
    mean = month.sum // month.count if month.count else 0
    return {
        "customer.given": bool(customer),
        "customer.level": customer.get("level", 0),
        "customer.days": max(0, (now - clock.parse(account.opened_at)).days),
        **_windows("customer", account.velocity, now),
        "customer.mean_30d": mean,
        "customer.ratio": movement.amount * 100 // mean if mean else 0,
        "customer.frauds_28d": _frauds(profiles.payer, now),
    }


def _counterparts(movement: Movement, profiles: Profiles, account: Account, now: datetime) -> dict[str, Any]:
    payer, device, payee = profiles.payer, profiles.device, profiles.payee
    known_devices = (payer.devices if payer else None) or {}
    known_payees = (payer.payees if payer else None) or {}
    name, before = short(movement.device_id) if movement.device_id else "", account.last_origin.device
    recently = _day(now, KNOWN_DAYS)
    return {
        "device.given": bool(name),
        "device.new": bool(name) and name not in known_devices and name != before,
        "device.changed": bool(name and before) and name != before,
        "device.customers_30d": device.seen_since(device.payers, recently) if name and device else 0,
        "device.frauds_28d": _frauds(device, now) if name else 0,
        "payee.given": bool(movement.payee),
        "payee.new": bool(movement.payee) and short(movement.payee) not in known_payees,
        "payee.frauds_28d": _frauds(payee, now),
        "merchant.given": bool(movement.merchant_id),
        "merchant.frauds_28d": _frauds(payee, now) if movement.merchant_id else 0,
    }


def _lists(movement: Movement, profiles: Profiles, now: datetime) -> dict[str, Any]:
    at = clock.instant(now)
    payee = "merchant" if movement.merchant_id else "payee"
    on = {"customer": profiles.payer, payee: profiles.payee, "device": profiles.device}
    return {f"lists.{who}": row.listed(at) for who, row in on.items() if row}


def _windows(group: str, velocity: Velocity, now: datetime) -> dict[str, int]:
    counters = velocity.counters(int(now.timestamp()))
    return {
        f"{group}.{name}_{window}": getattr(counter, name)
        for window, counter in counters.items()
        for name in ("count", "sum")
    }


def _of_profile(row: ProfileRow | None) -> Velocity:
    if row is None:
        return Velocity()
    in_minute = VelocityCounter(int(row.minute_count), int(row.minute_sum))
    return Velocity.unpack(int(row.minute or 0), in_minute, row.earlier)


def _travel(movement: Movement, before: Origin, now: datetime) -> dict[str, Any]:
    here = _origin(movement, now)
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


def kilometres(one: Origin, other: Origin) -> int:
    """Between two places on a sphere, rounded down (haversine: Sinnott, Sky and Telescope 68, 1984)."""
    first, second = (
        (math.radians((place.latitude or 0) / MICRO), math.radians((place.longitude or 0) / MICRO))
        for place in (one, other)
    )
    across = math.sin((first[0] - second[0]) / 2) ** 2
    around = math.sin((first[1] - second[1]) / 2) ** 2
    share = min(1.0, across + math.cos(first[0]) * math.cos(second[0]) * around)
    return int(2 * EARTH_KM * math.asin(math.sqrt(share)))


def _origin(movement: Movement, now: datetime) -> Origin:
    origin = Origin(short(movement.device_id) if movement.device_id else "")
    if movement.latitude is None or movement.longitude is None:
        return origin
    seconds = int(now.timestamp())
    return replace(origin, latitude=movement.latitude, longitude=movement.longitude, seconds=seconds)


def _frauds(row: ProfileRow | None, now: datetime) -> int:
    return row.frauds_since(_day(now, FRAUD_DAYS)) if row else 0


def _day(now: datetime, days: int) -> Any:
    return clock.business_date(now) - timedelta(days=days)
