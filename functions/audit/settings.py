"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Bucket of the anchors, and for how many days nobody can remove them; the key that signs.

    What is of a day before `signed_since` (`2026-12-01`) was written by release 0.1, which did not sign.
    """

    bucket: str
    retention_days: int
    signing_key_id: str
    signed_since: str


def _read() -> Settings:
    return Settings(
        bucket=os.environ.get("AUDIT_BUCKET", "perkbank-test-audit"),
        retention_days=int(os.environ.get("AUDIT_RETENTION_DAYS", "1830")),
        signing_key_id=os.environ.get("AUDIT_SIGNING_KEY_ID", "alias/perkbank-test-audit-signing"),
        signed_since=os.environ.get("AUDIT_SIGNED_SINCE", ""),
    )


settings = _read()
