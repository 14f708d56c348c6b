"""Velocity: how much an account moved in the last minute, hour, day and month, on the account's own row.

A wallet's row counts what it spends, in the update that debits it anyway; a settlement account's row what it
takes in, in the update by which the applier books it. So velocity costs no write of its own, is exactly once
where the money is, and a cap on it is a condition of the same write.

Each window is counted by two buckets, the current one and the one before, which counts in proportion to how
far the window still reaches into it, rounded up (the sliding window counter of Cloudflare, "How we built rate
limiting capable of scaling to millions of domains", 2017). Caps hold for that weighted sum, and with it: no
window by the clock (a minute, an hour, a day, 30 days from 1970) holds more than the cap, and no window that
ends at any other instant as much as twice the cap, which is spent at the end of one and again as the first
wears off. Who has spent the cap waits two windows at most to spend it again. What must not be passed in any
24 hours is no cap but a lowered limit, which counts the bucket before in full.

Only the count and sum of the running minute change with every spend; what the buckets had when the minute
began stands beside them and is written anew by the first spend of a minute. So spends of one minute do not
meet each other, and that first one holds only if no other came between its read and its write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from bank import clock, errors

MINUTE = 60
# The windows, in minutes.
WINDOWS: dict[str, int] = {"1m": 1, "1h": 60, "24h": 24 * 60, "30d": 30 * 24 * 60}
DAY = "24h"


class VelocityExceeded(errors.Refusal):
    """409: more, or more often, than the account may within a window."""

    code, title = "velocity_exceeded", "Velocity exceeded"


class LimitLowered(errors.Refusal):
    """409: more than may leave in 24 hours until `lowered_until`, when the lowered limit ends."""

    code, title = "limit_lowered", "Limit lowered"


@dataclass(frozen=True)
class VelocityCounter:
    """Count of movements and their sum in minor units."""

    count: int = 0
    sum: int = 0

    def __add__(self, other: "VelocityCounter") -> "VelocityCounter":
        return VelocityCounter(self.count + other.count, self.sum + other.sum)

    def part(self, share: int, whole: int) -> "VelocityCounter":
        """`share` of `whole` of it, rounded up."""
        if not (self.count or self.sum):
            return self
        return VelocityCounter(-(-self.count * share // whole), -(-self.sum * share // whole))


@dataclass(frozen=True)
class Lowered:
    """A lowered limit: at most `per_day` minor units leave in any 24 hours, `until` (Unix seconds)."""

    until: int
    per_day: int

    @property
    def ends_at(self) -> datetime:
        """The instant at which it ends; nothing else ends it."""
        return datetime.fromtimestamp(self.until, UTC)

    def binds(self, seconds: int) -> bool:
        """Return whether it still counts at an instant."""
        return seconds < self.until

    def and_lower(self, other: "Lowered", seconds: int) -> "Lowered":
        """Lowered once more: the later end and the lower amount of both, where this one still counts."""
        if not self.binds(seconds):
            return other
        return Lowered(max(self.until, other.until), min(self.per_day, other.per_day))


# For each window what may be in it, a spend included, in the account's currency; a bound that is not there
# binds nothing.
Caps = Mapping[str, Mapping[str, int]]
NONE = VelocityCounter()


@dataclass(frozen=True)
class Velocity:
    """An account's velocity as its row has it. `minute` counts from 1970; 0 where nothing has moved yet.

    `current` and `before` are the buckets by window as they were when the minute began.
    """

    minute: int = 0
    in_minute: VelocityCounter = NONE
    current: Mapping[str, VelocityCounter] = field(default_factory=lambda: dict.fromkeys(WINDOWS, NONE))
    before: Mapping[str, VelocityCounter] = field(default_factory=lambda: dict.fromkeys(WINDOWS, NONE))

    def at(self, seconds: int) -> "Velocity":
        """This velocity as of a later instant (Unix seconds): its buckets moved on. Time never goes back."""
        minute = max(seconds // MINUTE, self.minute)
        if minute == self.minute:
            return self
        current, before = {}, {}
        for name, length in WINDOWS.items():
            passed = minute // length - self.minute // length
            counted = self.current[name] + self.in_minute
            current[name] = counted if passed == 0 else NONE
            before[name] = self.before[name] if passed == 0 else counted if passed == 1 else NONE
        return Velocity(minute, NONE, current, before)

    def counters(self, seconds: int) -> dict[str, VelocityCounter]:
        """Return the counter of each window at an instant."""
        if not self.minute:
            return dict.fromkeys(WINDOWS, NONE)
        now = self.at(seconds)
        seconds = max(seconds, now.minute * MINUTE)
        return {
            name: now.current[name] + now.in_minute + now.weighted_previous(name, seconds) for name in WINDOWS
        }

    def weighted_previous(self, window: str, seconds: int) -> VelocityCounter:
        """Return the previous bucket's share at an instant within the current one."""
        whole = WINDOWS[window] * MINUTE
        return self.before[window].part(whole - seconds % whole, whole)

    def moved(self, moved: VelocityCounter) -> "Velocity":
        """With more in its minute."""
        return replace(self, in_minute=self.in_minute + moved)

    def two_days(self) -> int:
        """Sum of today's and yesterday's buckets, `at` having been taken: never less than the last 24 hours.

        `counters` weighs yesterday's, which may be less than those hours had.
        """
        return self.current[DAY].sum + self.in_minute.sum + self.before[DAY].sum

    def room(self, caps: Caps, seconds: int, lowered: Lowered | None = None) -> VelocityCounter:
        """The most that the running minute may hold, `at` having been taken: what the caps leave."""
        seconds = max(seconds, self.minute * MINUTE)
        count = total = _BOUNDLESS
        for window, cap in caps.items():
            used = self.current[window] + self.weighted_previous(window, seconds)
            count = min(count, cap.get("count", _BOUNDLESS) - used.count)
            total = min(total, cap.get("sum", _BOUNDLESS) - used.sum)
        if lowered and lowered.binds(seconds):
            total = min(total, lowered.per_day - self.two_days() + self.in_minute.sum)
        return VelocityCounter(count, total)

    def pack(self) -> str:
        """The buckets as the row keeps them."""
        counters = [side[name] for name in WINDOWS for side in (self.current, self.before)]
        return " ".join(
            f"{counter.count},{counter.sum}" if counter.count else "" for counter in counters
        ).rstrip()

    @classmethod
    def unpack(cls, minute: int, in_minute: VelocityCounter, packed: str) -> "Velocity":
        """The inverse of `pack`, with what the row counts beside it."""
        if not minute:
            return cls()
        parts = packed.split(" ") if packed else []
        counters = [VelocityCounter(*map(int, part.split(","))) if part else NONE for part in parts]
        counters += [NONE] * (2 * len(WINDOWS) - len(counters))
        pairs = dict(zip(WINDOWS, zip(counters[::2], counters[1::2], strict=True), strict=True))
        return cls(
            minute,
            in_minute,
            {name: pair[0] for name, pair in pairs.items()},
            {name: pair[1] for name, pair in pairs.items()},
        )


_BOUNDLESS = 10**18


@dataclass(frozen=True)
class Origin:
    """Origin of a spend: the device's short name, place (microdegrees) and time."""

    device: str = ""
    latitude: int | None = None
    longitude: int | None = None
    seconds: int = 0

    def pack(self) -> str:
        """As the row keeps it: `device latitude longitude seconds`; "" where nothing is known."""
        if self.latitude is None:
            return self.device
        return f"{self.device} {self.latitude} {self.longitude} {self.seconds}"

    @classmethod
    def unpack(cls, packed: str) -> "Origin":
        """The inverse of `pack`."""
        device, *place = packed.split(" ") if packed else [""]
        return cls(device, *map(int, place)) if place else cls(device)

    def after(self, earlier: "Origin") -> "Origin":
        """This one, with what only the earlier one knew."""
        origin = self if self.device else replace(self, device=earlier.device)
        if origin.latitude is not None:
            return origin
        return Origin(origin.device, earlier.latitude, earlier.longitude, earlier.seconds)


@dataclass(frozen=True)
class Spend:
    """Caps and origin of a spend, written to the row with its amount.

    `confirmed` by the customer with a payment token; what is not counts against the free limit.
    """

    caps: Caps = field(default_factory=dict)
    origin: Origin = field(default_factory=Origin)
    confirmed: bool = False


def cap_refusal(
    account_id: str, velocity: Velocity, amount: int, caps: Caps, seconds: int
) -> VelocityExceeded | None:
    """Return the refusal by `caps` to spend `amount` now, or None; it names the narrowest window."""
    after = velocity.at(seconds).moved(VelocityCounter(1, amount)).counters(seconds)
    for window in WINDOWS:
        cap = caps.get(window, {})
        if after[window].count > cap.get("count", _BOUNDLESS) or after[window].sum > cap.get(
            "sum", _BOUNDLESS
        ):
            return VelocityExceeded(f"account {account_id} may not spend so much in {window}")
    return None


def lowered_refusal(
    account_id: str, velocity: Velocity, lowered: Lowered | None, amount: int, seconds: int
) -> LimitLowered | None:
    """Return the refusal by a lowered limit to spend `amount` now, or None."""
    if lowered is None or not lowered.binds(seconds):
        return None
    if velocity.at(seconds).two_days() + amount <= lowered.per_day:
        return None
    until = clock.instant(lowered.ends_at)
    what = f"account {account_id} may spend {lowered.per_day} in 24 hours until {until}"
    return LimitLowered(what, lowered_until=until)
