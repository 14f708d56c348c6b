"""Rules for secrets that customers choose: a password for logging in, six digits for paying."""

from datetime import date
from itertools import pairwise

from bank.phones import national

SHORTEST, LONGEST = 8, 128
# zxcvbn (Wheeler, USENIX Security 2016) judges so many characters; what comes after adds nothing to them.
JUDGED = 72
# Its scale of 0 to 4: below 2 takes less than a million guesses, so it is on or near a list of common ones.
LEAST_SCORE = 2
PIN_LENGTH = 6
LEAST_DISTINCT = 3


def password_refusal(password: str, *, phone: str) -> str | None:
    """Return why this may not be the password of the customer with `phone` (E.164), or None."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"has {SHORTEST} to {LONGEST} characters"
    if holds_phone(password, phone):
        return "holds the phone number"
    # Imported here: its lists of common passwords cost 0.1 s.
    from zxcvbn import zxcvbn

    if zxcvbn(password[:JUDGED])["score"] < LEAST_SCORE:
        return "is too easily guessed"
    return None


def holds_phone(password: str, phone: str) -> bool:
    """Return whether it holds the number, or its last eight digits, however they are set apart."""
    digits = "".join(each for each in password if each.isdigit())
    return national(phone)[-SHORTEST:] in digits


def pin_refusal(pin: str, *, phone: str, birthday: date | None) -> str | None:
    """Return why these six digits may not be the payment password, or None. `birthday` where it is known."""
    if len(pin) != PIN_LENGTH or not (pin.isascii() and pin.isdigit()):
        return f"is {PIN_LENGTH} digits"
    if is_run(pin):
        return "is a run of digits"
    if repeats(pin):
        return "repeats digits"
    if pin in national(phone):
        return "is part of the phone number"
    if birthday is not None and pin in spellings(birthday):
        return "is the birthday"
    return None


def is_run(pin: str) -> bool:
    """Each digit one more than the one before it, or one less; after 9 comes 0."""
    steps = {(int(after) - int(before)) % 10 for before, after in pairwise(pin)}
    return steps in ({1}, {9})


def repeats(pin: str) -> bool:
    """Made of one or two digits, or of a beginning said again: 121212, 123123, 112112."""
    whole = any(pin == pin[:length] * (len(pin) // length) for length in (1, 2, 3))
    return whole or len(set(pin)) < LEAST_DISTINCT


def spellings(birthday: date) -> set[str]:
    """A date as people write it in six digits."""
    return {
        f"{birthday:%y%m%d}",
        f"{birthday:%d%m%y}",
        f"{birthday:%m%d%y}",
        f"{birthday.year:04d}{birthday:%m}",
        f"{birthday:%m}{birthday.year:04d}",
        f"{birthday.year:04d}{birthday.day:02d}",
    }
