"""Proofs that are enough, by what a customer has to prove themselves with: pure.

After NIST SP 800-63B-4: a code by text message is the weakest thing that one can hold (3.1.3.3: restricted),
so it never stands alone where the customer has anything else. An id number is known to more people than its
owner: it is no secret, and counts only beside what strangers cannot guess, so that who knows it has nothing
to guess: a code, whose tries are its own, a known device, a recovery code. Nothing beside a password.
"""

from collections.abc import Callable, Collection
from itertools import chain, combinations

CODE, DEVICE = "code", "device_token"
PASSWORD, ID_NUMBER = "password", "id_number"
TOTP, RECOVERY_CODE = "totp", "recovery_code"
PAYMENT_PASSWORD = "current_payment_password"

AUTHENTICATOR = frozenset({TOTP, RECOVERY_CODE})
HELD = AUTHENTICATOR | {CODE, DEVICE}
# Wrong ones are guesses. A code has tries of its own; recovery codes have 80 bits, devices' tokens 256.
GUESSABLE = frozenset({PASSWORD, ID_NUMBER, TOTP})


def combination(shown: Collection[str]) -> str:
    """Name of what a stranger shows, if it is things of different kinds: judged as a whole. Else ""."""
    return "+".join(sorted(shown)) if len(shown) > 1 and HELD & set(shown) else ""


# Those that a password is guessed in, or is had for to guess the authenticator.
_BESIDE_PASSWORD = (CODE, TOTP, RECOVERY_CODE)
WITH_PASSWORD = [
    combination({PASSWORD, *held})
    for held in chain.from_iterable(combinations(_BESIDE_PASSWORD, size) for size in (1, 2, 3))
]


def bounded_by_itself(shown: Collection[str]) -> bool:
    """Return whether some of it cannot be guessed, so that no number of tries meets all of it."""
    return not HELD & set(shown) <= GUESSABLE


def is_guess(right: Collection[str], wrong: Collection[str]) -> bool:
    """Return whether a stranger guessed at a secret beside another that was right. An id number is none."""
    return bool(set(right) - {ID_NUMBER}) and bool(GUESSABLE & set(wrong))


def lacking_to_log_in(
    has: Collection[str], shown: Collection[str], *, number_in_use: Callable[[], bool]
) -> list[str]:
    """Factors to be shown besides, all of them; none where it is enough.

    A known device is one of two things already. On a new one something that the customer knows stands beside
    something held. Who has nothing but the phone comes in by it alone, while its number is in use: carriers
    give numbers to other people.
    """
    lacking = [TOTP] if TOTP in has and not AUTHENTICATOR & set(shown) else []
    if DEVICE in shown:
        return lacking
    known = next((each for each in (PASSWORD, ID_NUMBER) if each in has), None)
    if known and known not in shown:
        lacking.append(known)
    if not lacking and not HELD & set(shown):
        lacking.append(CODE)
    if known is None and TOTP not in has and not number_in_use():
        lacking.append(DEVICE)
    return lacking


def lacking_to_reset(has: Collection[str], shown: Collection[str], *, quiet: Callable[[], bool]) -> list[str]:
    """Factors of which one has to be shown beside a code, for another password; none where it is enough.

    `quiet`: none of the customer's devices was used lately, so that they may have lost them all.
    """
    enough = AUTHENTICATOR if TOTP in has else AUTHENTICATOR | {DEVICE, ID_NUMBER}
    if enough & set(shown) or (not {TOTP, ID_NUMBER} & set(has) and quiet()):
        return []
    ways = (TOTP, RECOVERY_CODE) if TOTP in has else (ID_NUMBER, DEVICE) if ID_NUMBER in has else (DEVICE,)
    return list(ways)


def enough_without_phone(has: Collection[str], shown: Collection[str]) -> bool:
    """Return whether one who has lost their number is proven: by something known and something held.

    An authenticator's code could be guessed beside an id number, so that it takes a known device too.
    """
    held = AUTHENTICATOR if TOTP in has else AUTHENTICATOR | {DEVICE}
    if PASSWORD in shown:
        return bool(held & set(shown))
    beside = {RECOVERY_CODE, DEVICE} & set(shown)
    return ID_NUMBER in shown and bool(held & set(shown)) and bool(beside)


def lacking_to_change(
    has: Collection[str], shown: Collection[str], *, new_device: Callable[[], bool]
) -> list[str]:
    """Factors of which one has to be shown besides the session, to change what the customer is known by.

    A code alone is enough for who has nothing else, and not from a device that is new.
    """
    if PASSWORD in shown or (CODE in shown and {ID_NUMBER, *AUTHENTICATOR} & set(shown)):
        return []
    ways = [each for each in (PASSWORD, ID_NUMBER) if each in has]
    if not ways and TOTP not in has:
        return [ID_NUMBER] if new_device() else [] if CODE in shown else [CODE]
    return ways or [TOTP, RECOVERY_CODE]


def lacking_to_move(
    has: Collection[str], shown: Collection[str], *, new_device: Callable[[], bool]
) -> list[str]:
    """Factors of which one has to be shown besides the session, to take another phone.

    From a device that is new the authenticator: whoever has the number for a while, and knows the id number,
    comes in on one, and is put out by its owner with a card of that number, while it is the customer's.
    """
    if not AUTHENTICATOR & set(shown) and new_device():
        return [DEVICE]
    return lacking_to_change(has, shown, new_device=new_device)


def lacking_to_unlock(
    has: Collection[str], shown: Collection[str], *, again: bool, new_device: Callable[[], bool]
) -> list[str]:
    """Factors of which one has to be shown beside a code, for more tries at the payment password.

    As to set a first one; `again`, without a right one since, the code alone would be a way to guess on.
    """
    if again and ID_NUMBER in has and not {ID_NUMBER, *AUTHENTICATOR} & set(shown):
        return [each for each in (ID_NUMBER, TOTP) if each in has]
    return lacking_to_pay(set(has) - {PAYMENT_PASSWORD}, shown, new_device=new_device)


def lacking_to_pay(
    has: Collection[str], shown: Collection[str], *, new_device: Callable[[], bool]
) -> list[str]:
    """Factors of which one has to be shown beside a code, to change what the customer pays with.

    A first payment password is set with a code alone, but not from a device that is new.
    """
    if {PAYMENT_PASSWORD, ID_NUMBER, *AUTHENTICATOR} & set(shown):
        return []
    if PAYMENT_PASSWORD not in has and TOTP not in has and not new_device():
        return []
    ways = [each for each in (PAYMENT_PASSWORD, ID_NUMBER, TOTP) if each in has]
    return ways or [ID_NUMBER]


def lacking_to_enrol(
    has: Collection[str], shown: Collection[str], *, new_device: Callable[[], bool]
) -> list[str]:
    """Factors of which one has to be shown beside a code, to enrol a first authenticator.

    As to change a payment password, and not from a device that is new: it is asked for in all that the owner
    comes back by, and a payment password may be one that was set from there with the id number.
    """
    return [DEVICE] if new_device() else lacking_to_pay(has, shown, new_device=new_device)
