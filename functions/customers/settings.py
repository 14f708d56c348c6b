"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class Settings:
    """`codes_per_address`: one-time codes an hour that one source address may ask for. A channel's servers
    ask for all its customers, so that it depends on the bank's channels. `code_gap`: seconds between two
    codes to a phone. `exporting_rooms`: the rooms that write a part of an export. `lowered`: how long limits
    are lowered after a new device, a reset or another phone, to outlast a weekend, and how long such a
    device, or an identity just verified, proves little. `number_kept`: how long a number whose customer is
    not seen is taken for still theirs."""

    codes_per_address: int
    code_gap: int
    lowered: timedelta
    number_kept: timedelta
    exporting_rooms: tuple[str, ...] = ()


def _read() -> Settings:
    return Settings(
        codes_per_address=int(os.environ.get("CODES_PER_ADDRESS", "300")),
        code_gap=int(os.environ.get("CODE_GAP_SECONDS", "60")),
        exporting_rooms=tuple(os.environ.get("EXPORTING_ROOMS", "customers").split()),
        lowered=timedelta(days=int(os.environ.get("LOWERED_DAYS", "3"))),
        number_kept=timedelta(days=int(os.environ.get("NUMBER_KEPT_DAYS", "90"))),
    )


settings = _read()
