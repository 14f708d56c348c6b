"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Address of the provider of verification; the simulator where it is empty."""

    provider_url: str


def _read() -> Settings:
    return Settings(provider_url=os.environ.get("KYC_PROVIDER_URL", ""))


settings = _read()
