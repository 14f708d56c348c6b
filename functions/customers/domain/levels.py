"""Levels of a payment account, and what each may spend in a calendar year.

People's Bank of China, Measures for the Administration of Online Payment Services of Non-bank Payment
Institutions (非银行支付机构网络支付业务管理办法, 2015 No. 43), article 11: the balance of an account of
class I pays 1,000 yuan, of class II 100,000 a year, of class III 200,000 a year.
"""

from bank.money import limit_in

HOME_CURRENCY = "CNY"
FIRST, HIGHEST = 1, 3
# Fen a year.
YEARLY = {1: 1_000_00, 2: 100_000_00, 3: 200_000_00}
# Below it a payment needs no payment password (免密限额), until the customer says otherwise. Fen.
FREE_LIMIT = 1_000_00
# While limits are lowered, since it may be somebody else who has just reset a credential or come with a new
# device: fen that leave a wallet in 24 hours.
LOWERED_PER_DAY = {1: 500_00, 2: 1_000_00, 3: 2_000_00}


def in_currency(fen: int, currency: str) -> int:
    """An amount of fen in minor units of `currency`, rounded down, on the safe side."""
    return limit_in(fen, HOME_CURRENCY, currency)


def per_year(level: int, currency: str) -> int:
    """Return a level's yearly spending limit, in minor units of its currency."""
    return in_currency(YEARLY[level], currency)


def lowered_per_day(level: int, currency: str) -> int:
    """Return what leaves a wallet in 24 hours while its limit is lowered, in minor units of its currency."""
    return in_currency(LOWERED_PER_DAY[level], currency)
