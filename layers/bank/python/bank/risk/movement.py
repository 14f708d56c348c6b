"""A movement of money as its request tells it, and the rows to read for a verdict on it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bank import store
from bank.risk.tables import LiveRow, ProfileRow, live_key


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
    """The rows to read for a verdict, in the order in which `assess` takes them.

    Those of lately are what very many movements share; what is known of the payer, who gets the money and
    the device is as it is now.
    """
    wanted: list[store.Key] = [
        store.lately(LiveRow, live_key(movement.product)),
        (ProfileRow, f"payer#{movement.account_id}"),
        store.lately(ProfileRow, f"channel#{movement.client_id}"),
    ]
    if movement.payee:
        profile = payee_key(movement)
        wanted.append(store.lately(ProfileRow, profile) if movement.merchant_id else (ProfileRow, profile))
    if movement.device_id:
        wanted.append((ProfileRow, f"device#{movement.device_id}"))
    return wanted


def payee_key(movement: Movement) -> str:
    """Return the key of the payee's profile."""
    return f"merchant#{movement.merchant_id}" if movement.merchant_id else f"payee#{movement.payee}"


def profiles_of(movement: Movement, rows: Sequence[Any]) -> Profiles:
    """Name the rows of `keys`."""
    live, payer, channel, *rest = rows
    payee = rest.pop(0) if movement.payee else None
    return Profiles(live, payer, channel, payee, rest.pop(0) if movement.device_id else None)
