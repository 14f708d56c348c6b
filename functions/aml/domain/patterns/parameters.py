"""Bounds of the patterns."""

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Parameters:
    """Bounds of the patterns, in minor units of the home currency unless `_usd`; days, counts and percent."""

    large_cash: int = 5_000_000
    large_cash_usd: int = 1_000_000
    large_transfer: int = 50_000_000
    large_transfer_usd: int = 10_000_000
    # Of merchants and other payees, by their settlement accounts.
    large_transfer_business: int = 200_000_000
    large_transfer_business_usd: int = 20_000_000
    # Movements of at least this share of the threshold, and below it, count as just under.
    just_under_percent: int = 70
    structuring_count: int = 4
    structuring_days: int = 5
    fan_senders: int = 8
    fan_receivers: int = 5
    fan_hours: int = 48
    fan_amount: int = 2_000_000
    fan_passed_on_percent: int = 80
    dormant_days: int = 90
    dormant_burst_days: int = 3
    dormant_burst_count: int = 5
    dormant_burst_amount: int = 2_000_000
    round_trip_days: int = 7
    round_trip_amount: int = 1_000_000
    round_trip_kept_percent: int = 90

    @classmethod
    def of(cls, given: dict[str, int]) -> "Parameters":
        """The defaults with what was set otherwise; names that are no parameters any more are left out."""
        known = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in given.items() if name in known})

    @property
    def lookback_days(self) -> int:
        """Return the days of history that a run needs."""
        return self.dormant_days + 31

    def values(self) -> dict[str, int]:
        """By name, as the queries take them."""
        return asdict(self)
