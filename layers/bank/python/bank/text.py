"""Text that people choose: what of it shows, and one spelling of characters that look alike."""

import functools
import re

# Blanks of any width: Unicode's space separators, and the empty Braille cell.
BLANKS = r"\x20\xa0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000"
# Never part of a text: controls, line ends, marks of direction, fillers, zero width (Unicode's property
# Default_Ignorable_Code_Point, but for JOINERS), annotations, tags, noncharacters.
HIDDEN = (
    r"\x00-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    r"\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    r"\U000e0000-\U000e00ff\U000e01f0-\U000e0fff"
)
# Invisible too, but Persian, Indic and Mongolian words and emoji are written with them, after a character.
ZERO_WIDTH_JOINERS = r"\u200c\u200d"
JOINERS = ZERO_WIDTH_JOINERS + r"\u180b-\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"

# What the radicals U+2E80 to U+2EF3 stand for, in their order: Unicode's EquivalentUnifiedIdeograph.txt. NFKC
# knows those of the Kangxi dictionary (U+2F00 to U+2FD5) alone.
_RADICALS = (
    "⺀厂乛乚乙亻冂𠘨刀刂卜㔾小小兀尣尢𡯂巳幺彑彐忄心扌攵⺚旡日月歺母民氵氺灬爫爫丬牛犭王𤴔目示礻𥫗糹纟罓罒㓁冗𦉫羊𦍌𦍋耂"
    "肀聿肉𦥑艹艹艹虎衤覀西见角𧢲讠贝𧾷车辶辶辶邑钅長镸长门𨸏阝雨青韦页风飞食𩙿飠饣𩠐马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟"
)


def shown(text: str) -> str:
    """The same text, all of which can be seen. Raises ValueError.

    It neither begins nor ends with a blank, and holds nothing invisible and no mark of direction.
    """
    wrong = unseen(text)
    if wrong:
        raise ValueError(f"holds a blank or invisible character where none may be: U+{ord(wrong):04X}")
    return text


def unseen(text: str) -> str | None:
    """The first character that may not stand where it does, since nobody sees it; None where all is well."""
    if text.isascii() and text.isprintable() and text == text.strip():
        return None
    found = _not_shown().search(text)
    return found[0] if found else None


def trimmed(text: str) -> str:
    """The text without what does not show at its ends."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _ends().sub("", text)


def ideographs(text: str) -> str:
    """The text with radicals, as PDF files give them, as the Chinese characters that they stand for."""
    return text.translate(_unified())


# Made at first use: a cold start pays only for what its request needs.


@functools.cache
def _not_shown() -> re.Pattern[str]:
    return re.compile(
        rf"[{HIDDEN}]"
        rf"|^[{BLANKS}{JOINERS}]|[{BLANKS}{ZERO_WIDTH_JOINERS}]\Z"
        rf"|(?<=[\x00-\x7f{BLANKS}{ZERO_WIDTH_JOINERS}])[{ZERO_WIDTH_JOINERS}]"
    )


@functools.cache
def _ends() -> re.Pattern[str]:
    return re.compile(rf"^[{BLANKS}{HIDDEN}{JOINERS}]+|[{BLANKS}{HIDDEN}{ZERO_WIDTH_JOINERS}]+\Z")


@functools.cache
def _unified() -> dict[int, str]:
    import unicodedata

    kangxi = {code: unicodedata.normalize("NFKC", chr(code)) for code in range(0x2F00, 0x2FD6)}
    return kangxi | {0x2E80 + place: character for place, character in enumerate(_RADICALS)}
