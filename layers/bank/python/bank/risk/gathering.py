"""The facts of a movement, from what was read for it: the input of a verdict (`bank.risk.facts`)."""

import math
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from bank import clock
from bank.ledger.domain import Account
from bank.ledger.metadata import WalletCustomer
from bank.ledger.velocity import Origin, Velocity, VelocityCounter
from bank.risk import facts as schema
from bank.risk.movement import Movement, Profiles
from bank.risk.tables import FRAUD_DAYS, KNOWN_DAYS, ProfileRow, short

EARTH_KM = 6371
# Half way round.
FARTHEST_KM = int(math.pi * EARTH_KM)
NIGHT_ENDS = 6
MICRO = 10**6


def facts(
    movement: Movement, profiles: Profiles, account: Account, merchant: Account | None, now: datetime
) -> schema.Facts:
    """The facts of a movement (`bank.risk.facts`)."""
    hour = schema.hour_of(now)
    flat: dict[str, Any] = {
        "product": movement.product,
        "amount": movement.amount,
        "currency": movement.currency,
        "amount_home": schema.amount_home(movement.amount, movement.currency),
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
    customer = WalletCustomer.of(account.metadata)
    windows = _windows("customer", account.velocity, now)
    count = windows["customer.count_30d"]
    mean = windows["customer.sum_30d"] // count if count else 0
    return {
        "customer.given": bool(customer),
        "customer.level": customer.level if customer else 0,
        "customer.days": max(0, (now - clock.parse(account.opened_at)).days),
        **windows,
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
        # One that is not given is none of these: as one that was never seen.
        "device.new": name not in known_devices and (not name or name != before),
        "device.changed": bool(before) and name != before,
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
    if before.latitude is None:
        return {}
    here = origin_of(movement, now)
    given = here.latitude is not None
    km = kilometres(here, before) if given else FARTHEST_KM
    minutes = max(0, (int(now.timestamp()) - before.seconds) // 60)
    return {
        "travel.given": given,
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


def origin_of(movement: Movement, now: datetime) -> Origin:
    """The device and place that the movement comes from."""
    origin = Origin(short(movement.device_id) if movement.device_id else "")
    if movement.latitude is None or movement.longitude is None:
        return origin
    seconds = int(now.timestamp())
    return replace(origin, latitude=movement.latitude, longitude=movement.longitude, seconds=seconds)


def _frauds(row: ProfileRow | None, now: datetime) -> int:
    return row.frauds_since(_day(now, FRAUD_DAYS)) if row else 0


def _day(now: datetime, days: int) -> Any:
    return clock.business_date(now) - timedelta(days=days)
