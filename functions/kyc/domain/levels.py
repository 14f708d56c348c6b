"""Levels of payment accounts: how surely the bank knows whose they are. Pure.

People's Bank of China, announcement [2015] No. 43, article 11 (非银行支付机构网络支付业务管理办法): without
meeting the person, class I needs at least one lawful and safe external channel that confirms the basic facts
of identity, class II at least three, class III at least five; who was met may have class II or III.
The People's Bank's own reading of it (28 December 2015): the id card, the phone and a bank card are three
channels, and two more bank cards make five. A card proves its bank: two cards of one bank are one channel.
"""

from collections.abc import Collection
from enum import IntEnum

POLICE, CARRIER, BANK = "police", "carrier", "bank:"


class Level(IntEnum):
    """A customer's level; NONE before the first verification."""

    NONE = 0
    I = 1  # noqa: E741 - as the People's Bank numbers them
    II = 2
    III = 3


# The fewest external channels of each level, highest first.
CHANNELS = ((5, Level.III), (3, Level.II), (1, Level.I))


def level_of(channels: Collection[str], *, face_to_face: bool = False) -> Level:
    """The level that these distinct channels reach, or the highest for who was met."""
    if face_to_face:
        return Level.III
    distinct = len(set(channels))
    return next((level for least, level in CHANNELS if distinct >= least), Level.NONE)


def asked_of(factors: Collection[str], bank: str | None) -> list[str]:
    """Return the channels that can confirm these: the police name and number, the carrier the phone too, the
    card's bank all four."""
    channels = [POLICE]
    if "phone" in factors:
        channels.append(CARRIER)
    if "card" in factors and bank:
        channels.append(BANK + bank)
    return channels
