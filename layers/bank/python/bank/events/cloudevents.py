"""Domain events in a CloudEvents 1.0 envelope."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict

from bank import ids

SOURCE = "perkbank"


class DomainEvent(BaseModel):
    """Base of a room's events; its type is such as `perkbank.payments.PaymentSucceeded.v1`."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True, hide_input_in_errors=True)
    room: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def type_name(cls) -> str:
        """The CloudEvents `type`, which is EventBridge's detail-type too."""
        return f"{SOURCE}.{cls.room}.{cls.__name__}.v{cls.version}"


def envelope(event: DomainEvent, *, subject: str, change: str, time: str) -> dict[str, Any]:
    """CloudEvents 1.0 attributes around `event`; `change` identifies the change that it tells of."""
    return {
        "specversion": "1.0",
        "id": ids.derived("evt", event.type_name(), subject, change),
        "type": event.type_name(),
        "source": f"/{SOURCE}/{event.room}",
        "subject": subject,
        "time": time,
        "datacontenttype": "application/json",
        "data": event.model_dump(mode="json"),
    }
