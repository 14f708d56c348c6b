"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Bucket of suppliers' documents."""

    bucket: str


def _read() -> Settings:
    return Settings(bucket=os.environ.get("SUPPLIERS_BUCKET", "perkbank-test-suppliers"))


settings = _read()
