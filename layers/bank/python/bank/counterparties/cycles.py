"""Settlement cycles: how long a counterparty waits for what it has earned. Pure."""

from enum import StrEnum


class Cycle(StrEnum):
    """Settlement cycle: working days from booking (T) to payout."""

    T0 = "T+0"
    T1 = "T+1"
    T7 = "T+7"

    @property
    def days(self) -> int:
        """Working days that the money waits."""
        return int(self.value.removeprefix("T+"))
