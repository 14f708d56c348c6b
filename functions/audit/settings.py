"""What template.yaml tells this room beyond what it tells every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where anchors lie, and for how many days nobody can remove them."""

    bucket: str
    retention_days: int


def _read() -> Settings:
    return Settings(
        bucket=os.environ.get("AUDIT_BUCKET", "perkbank-test-audit"),
        retention_days=int(os.environ.get("AUDIT_RETENTION_DAYS", "1830")),
    )


settings = _read()
