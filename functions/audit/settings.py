"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Bucket of the anchors, and for how many days nobody can remove them."""

    bucket: str
    retention_days: int


def _read() -> Settings:
    return Settings(
        bucket=os.environ.get("AUDIT_BUCKET", "perkbank-test-audit"),
        retention_days=int(os.environ.get("AUDIT_RETENTION_DAYS", "1830")),
    )


settings = _read()
