"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass

from bank import outbound


@dataclass(frozen=True)
class Settings:
    """Address of the provider of verification. Empty: the simulator, in stages `local` and `test` alone."""

    provider_url: str


def _read() -> Settings:
    url = os.environ.get("KYC_PROVIDER_URL", "")
    return Settings(provider_url=outbound.address(url, setting="KYC_PROVIDER_URL") if url else "")


settings = _read()
