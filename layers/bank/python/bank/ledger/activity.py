"""How much an account has moved in the last minute, hour, day and month: velocity, on the account's own row.

A wallet's row counts what it spends, in the update that debits it anyway; a settlement account's row what it
takes in, in the update by which the applier books it. So velocity costs no write of its own, is exactly once
where the money is, and a cap on it is a condition of the same write.

Each window is counted by two buckets, the current one and the one before, which counts in proportion to how
far the window still reaches into it, rounded up (the sliding window counter of Cloudflare, "How we built rate
limiting capable of scaling to millions of domains", 2017). What is weighed like that is what is capped.

Only the count and sum of the running minute change with every spend; what the buckets had when the minute
began stands beside them and is written anew by the first spend of a minute. So spends of one minute do not
meet each other, and that first one holds only if no other came between its read and its write.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from bank import errors

MINUTE = 60
# The windows, in minutes.
WINDOWS: dict[str, int] = {"1m": 1, "1h": 60, "24h": 24 * 60, "30d": 30 * 24 * 60}


class VelocityExceeded(errors.Refusal):
    """409: more, or more often, than the account may within a window."""

    code, title = "velocity_exceeded", "Velocity exceeded"


@dataclass(frozen=True)
class Tally:
    """How often, and how much in minor units."""

    count: int = 0
    sum: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(self.count + other.count, self.sum + other.sum)

    def part(self, share: int, whole: int) -> "Tally":
        """`share` of `whole` of it, rounded up."""
        return Tally(-(-self.count * share // whole), -(-self.sum * share // whole))


# For each window what may be in it, a spend included; a bound that is not there binds nothing.
Caps = Mapping[str, Mapping[str, int]]
NONE = Tally()


@dataclass(frozen=True)
class Activity:
    """An account's activity as its row has it. `minute` counts from 1970; 0 where nothing has moved yet.

    `current` and `before` are the buckets by window as they were when the minute began.
    """

    minute: int = 0
    in_minute: Tally = NONE
    current: Mapping[str, Tally] = field(default_factory=lambda: dict.fromkeys(WINDOWS, NONE))
    before: Mapping[str, Tally] = field(default_factory=lambda: dict.fromkeys(WINDOWS, NONE))

    def at(self, seconds: int) -> "Activity":
        """This activity as of a later instant (Unix seconds): its buckets moved on. Time never goes back."""
        minute = max(seconds // MINUTE, self.minute)
        if minute == self.minute:
            return self
        current, before = {}, {}
        for name, length in WINDOWS.items():
            passed = minute // length - self.minute // length
            counted = self.current[name] + self.in_minute
            current[name] = counted if passed == 0 else NONE
            before[name] = self.before[name] if passed == 0 else counted if passed == 1 else NONE
        return Activity(minute, NONE, current, before)

    def tallies(self, seconds: int) -> dict[str, Tally]:
        """What has moved in each window up to an instant."""
        now = self.at(seconds)
        seconds = max(seconds, now.minute * MINUTE)
        return {name: now.current[name] + now.in_minute + now.weighed(name, seconds) for name in WINDOWS}

    def weighed(self, window: str, seconds: int) -> Tally:
        """What the bucket before counts at an instant within the current one."""
        whole = WINDOWS[window] * MINUTE
        return self.before[window].part(whole - seconds % whole, whole)

    def moved(self, moved: Tally) -> "Activity":
        """With more in its minute."""
        return replace(self, in_minute=self.in_minute + moved)

    def room(self, caps: Caps, seconds: int) -> Tally:
        """The most that the running minute may hold, `at` having been taken: what the caps leave."""
        seconds = max(seconds, self.minute * MINUTE)
        count = total = _BOUNDLESS
        for window, cap in caps.items():
            used = self.current[window] + self.weighed(window, seconds)
            count = min(count, cap.get("count", _BOUNDLESS) - used.count)
            total = min(total, cap.get("sum", _BOUNDLESS) - used.sum)
        return Tally(count, total)

    def pack(self) -> str:
        """The buckets as the row keeps them."""
        tallies = [side[name] for name in WINDOWS for side in (self.current, self.before)]
        return " ".join(f"{tally.count},{tally.sum}" if tally.count else "" for tally in tallies).rstrip()

    @classmethod
    def unpack(cls, minute: int, in_minute: Tally, packed: str) -> "Activity":
        """The inverse of `pack`, with what the row counts beside it."""
        if not minute:
            return cls()
        parts = packed.split(" ") if packed else []
        tallies = [Tally(*map(int, part.split(","))) if part else NONE for part in parts]
        tallies += [NONE] * (2 * len(WINDOWS) - len(tallies))
        pairs = dict(zip(WINDOWS, zip(tallies[::2], tallies[1::2], strict=True), strict=True))
        return cls(
            minute,
            in_minute,
            {name: pair[0] for name, pair in pairs.items()},
            {name: pair[1] for name, pair in pairs.items()},
        )


_BOUNDLESS = 10**18


@dataclass(frozen=True)
class Sighting:
    """What a spend tells besides its amount: the device, in short, and where (microdegrees) and when."""

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
    def unpack(cls, packed: str) -> "Sighting":
        """The inverse of `pack`."""
        device, *place = packed.split(" ") if packed else [""]
        return cls(device, *map(int, place)) if place else cls(device)

    def after(self, earlier: "Sighting") -> "Sighting":
        """This one, with what only the earlier one knew."""
        seen = self if self.device else replace(self, device=earlier.device)
        if seen.latitude is not None:
            return seen
        return Sighting(seen.device, earlier.latitude, earlier.longitude, earlier.seconds)


@dataclass(frozen=True)
class Spend:
    """What a spend brings to the row besides its amount: the caps that bind it, and where it was seen."""

    caps: Caps = field(default_factory=dict)
    seen: Sighting = field(default_factory=Sighting)


def why_not_move(
    account_id: str, activity: Activity, amount: int, caps: Caps, seconds: int
) -> VelocityExceeded | None:
    """Why `caps` do not let the account spend `amount` now, or None; names the narrowest window."""
    after = activity.at(seconds).moved(Tally(1, amount)).tallies(seconds)
    for window in WINDOWS:
        cap = caps.get(window, {})
        if after[window].count > cap.get("count", _BOUNDLESS) or after[window].sum > cap.get(
            "sum", _BOUNDLESS
        ):
            return VelocityExceeded(f"account {account_id} may not spend so much in {window}")
    return None
