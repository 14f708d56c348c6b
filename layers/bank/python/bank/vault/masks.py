"""Masks of personal data: enough for its owner to know it again, not enough for anybody to use it."""

import re

STARS = "****"
MAINLAND = re.compile(r"(\+86|86)?(1[0-9]{10})")


def mask_name(name: str) -> str:
    """All but the last character, as Chinese banks show a payee: `张三丰` is `**丰`; one alone is `*`."""
    return "*" * max(1, len(name) - 1) + name[max(1, len(name) - 1) :]


def mask_phone(phone: str) -> str:
    """`138****1234`; of a number that is not a mainland mobile, its last four digits."""
    mainland = MAINLAND.fullmatch(phone)
    if mainland:
        prefix, number = mainland[1] or "", mainland[2]
        return f"{prefix}{number[:3]}{STARS}{number[-4:]}"
    return _ends(phone, 0, 4)


def mask_id_number(id_number: str) -> str:
    """`3301**********1234`: the province and city, and the last four, of eighteen."""
    return _ends(id_number, 4, 4)


def mask_card(number: str) -> str:
    """`****1234`, of a card or an account: not even its length."""
    return STARS + number[-4:] if len(number) > 2 * len(STARS) else STARS


def _ends(text: str, head: int, tail: int) -> str:
    """Its first and last characters with a star for each between; all stars where little would be hidden."""
    hidden = len(text) - head - tail
    if hidden < len(STARS):
        return "*" * len(text)
    return text[:head] + "*" * hidden + text[-tail:]
