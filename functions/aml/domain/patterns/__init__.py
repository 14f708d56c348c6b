"""Patterns of movements that are to be reported: which, with what parameters, and the queries.

Large values after the People's Bank of China's Order No. 3 of 2016 (as amended), article 5: cash of 50,000
CNY or 10,000 USD and more in a day; transfers of natural persons of 500,000 CNY or 100,000 USD within the
country. Suspicious patterns go by FATF's names of typologies; beside each stands the rule of Tazama that asks
the same.
"""

from aml.domain.patterns.findings import SUSPICIOUS, Finding, Pattern
from aml.domain.patterns.parameters import Parameters
from aml.domain.patterns.queries import LEGS, QUERIES, SCHEMA

__all__ = ["LEGS", "QUERIES", "SCHEMA", "SUSPICIOUS", "Finding", "Parameters", "Pattern"]
