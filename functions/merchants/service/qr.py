"""A merchant's QR code: the EMVCo payload, and its picture."""

import io
import re
import unicodedata
from typing import TYPE_CHECKING

from bank.access.principal import Principal
from bank.money import Money
from merchants.domain import emvco
from merchants.service import registry
from merchants.tables import MerchantRow

if TYPE_CHECKING:
    import segno

# Names our template among all that may stand in a code (EMVCo: an AID, a UUID or a reverse domain name).
GLOBALLY_UNIQUE_ID = "org.perkbank"
MERCHANT_ID = "01"
# ISO 4217 numeric, of the currencies that the bank deals in.
NUMERIC = {
    "CNY": "156",
    "USD": "840",
    "EUR": "978",
    "GBP": "826",
    "HKD": "344",
    "SGD": "702",
    "JPY": "392",
    "KRW": "410",
    "KWD": "414",
}
# The language (ISO 639-1) that a script most likely means, by how Unicode names its letters; kana before Han.
LANGUAGES = {
    "HIRAGANA": "ja",
    "KATAKANA": "ja",
    "HANGUL": "ko",
    "CJK": "zh",
    "THAI": "th",
    "KHMER": "km",
    "LAO": "lo",
    "MYANMAR": "my",
    "ARABIC": "ar",
    "CYRILLIC": "ru",
    "DEVANAGARI": "hi",
}
# Latin letters that Unicode does not take apart and whose names there do not spell them.
LETTERS = {
    "DOTLESS I": "i",
    "DOTLESS J": "j",
    "ENG": "ng",
    "ETH": "d",
    "EZH": "zh",
    "KRA": "k",
    "LONG S": "s",
    "OPEN E": "e",
    "OPEN O": "o",
    "SCHWA": "e",
    "SHARP S": "ss",
    "THORN": "th",
}
LATIN_NAME = re.compile(r"LATIN (SMALL|CAPITAL) (?:LETTER|LIGATURE) (.+?)(?: WITH .+)?")
MARKS = str.maketrans("\u2018\u2019\u201c\u201d\u2010\u2011\u2012\u2013\u2014", "''\"\"-----")
# Pixels a module, and the quiet zone that ISO/IEC 18004 asks for.
SCALE, BORDER = 8, 4


def payload(
    *, merchant_id: str, principal: Principal, amount: int | None, currency: str, reference: str | None
) -> str:
    """The merchant's payload: for one payment of `amount` (minor units), or for any number without it.

    Raises MerchantNotFound.
    """
    row = registry.find(merchant_id=merchant_id, principal=principal)
    template = {emvco.GLOBALLY_UNIQUE_ID: GLOBALLY_UNIQUE_ID, MERCHANT_ID: merchant_id}
    return emvco.encode(
        emvco.Presented(
            initiation=emvco.Initiation.STATIC if amount is None else emvco.Initiation.DYNAMIC,
            accounts={emvco.TEMPLATES[0]: emvco.template(template)},
            category_code=row.category_code,
            currency=NUMERIC[currency],
            amount=None if amount is None else str(Money(amount, currency)).removesuffix(f" {currency}"),
            country=row.country,
            name=latin(row.name, emvco.MAX_NAME) or f"Merchant {merchant_id[-8:]}",
            city=latin(row.city, emvco.MAX_CITY) or row.country,
            bill_number=reference,
            alternate=_alternate(row),
        )
    )


def latin(text: str, limit: int) -> str:
    """Transliterate `text` to ASCII, cut to `limit`; empty where no letter or digit is left."""
    spelled = "".join(map(_letter, unicodedata.normalize("NFKD", text.translate(MARKS))))
    plain = spelled.encode("ascii", "ignore").decode()
    cut = " ".join(plain.split())[:limit].strip()
    return cut if re.search(r"[A-Za-z0-9]", cut) else ""


def _letter(character: str) -> str:
    """A Latin letter as ASCII writes it, by its name ("l with stroke", "ae"); another character as it is."""
    named = None if character.isascii() else LATIN_NAME.fullmatch(unicodedata.name(character, ""))
    if named is None:
        return character
    size, name = named.groups()
    letters = LETTERS.get(name, name.lower() if len(name) <= 2 else character)
    return letters.capitalize() if size == "CAPITAL" else letters


def _alternate(row: MerchantRow) -> emvco.Alternate | None:
    name = row.name[: emvco.MAX_NAME].strip()
    if (row.name.isascii() and row.city.isascii()) or not name:
        return None
    return emvco.Alternate(
        language=language(row.name + row.city),
        name=name,
        city=None if row.city.isascii() else row.city[: emvco.MAX_CITY],
    )


def language(text: str) -> str:
    """The language that the scripts in `text` most likely mean; English where they are Latin."""
    scripts = {unicodedata.name(character, "").split(" ")[0] for character in text}
    return next((code for script, code in LANGUAGES.items() if script in scripts), "en")


def svg(text: str) -> str:
    """A payload as an SVG document."""
    picture = io.BytesIO()
    _draw(text).save(picture, kind="svg", xmldecl=False, scale=SCALE, border=BORDER)
    return picture.getvalue().decode()


def png(text: str) -> bytes:
    """A payload as a PNG file."""
    picture = io.BytesIO()
    _draw(text).save(picture, kind="png", scale=SCALE, border=BORDER)
    return picture.getvalue()


def _draw(text: str) -> "segno.QRCode":
    # Imported here: segno would cost every cold start of this function its 50 ms, and few calls draw.
    import segno

    return segno.make(text, error="m", micro=False, encoding=None if text.isascii() else "utf-8")
