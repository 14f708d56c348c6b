"""Incidents as alarms tell of them."""

from dataclasses import dataclass
from datetime import datetime

from bank import ids


@dataclass(frozen=True)
class AlarmChanged:
    """An alarm that went off, or is over: `over_at` is None in the first case."""

    alarm: str
    detail: str
    began_at: datetime
    over_at: datetime | None

    @property
    def incident_id(self) -> str:
        """Derived, so that beginning and end of one incident meet in whatever order they come."""
        return ids.derived("inc", self.alarm, str(self.began_at.timestamp()))
