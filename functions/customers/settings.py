"""Settings of this room from template.yaml, besides those of every function. Read once, at import."""

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """`codes_per_address`: one-time codes an hour that one source address may ask for. A channel's servers
    ask for all its customers, so that it depends on the bank's channels. `code_gap`: seconds between two
    codes to a phone. `exporting_rooms`: the rooms that write a part of an export."""

    codes_per_address: int
    code_gap: int
    exporting_rooms: tuple[str, ...] = ()


def _read() -> Settings:
    return Settings(
        codes_per_address=int(os.environ.get("CODES_PER_ADDRESS", "300")),
        code_gap=int(os.environ.get("CODE_GAP_SECONDS", "60")),
        exporting_rooms=tuple(os.environ.get("EXPORTING_ROOMS", "customers").split()),
    )


settings = _read()
