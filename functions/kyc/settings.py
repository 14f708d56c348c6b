"""What template.yaml tells this room beyond what it tells every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Where the provider of verification answers; the simulator where that is empty."""

    provider_url: str


def _read() -> Settings:
    return Settings(provider_url=os.environ.get("KYC_PROVIDER_URL", ""))


settings = _read()
