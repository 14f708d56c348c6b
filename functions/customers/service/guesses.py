"""Guesses at a phone's login, counted by source (`bank.credentials.lockout`), whether anybody has it or not.

A known device is a source of its own; everybody else shares one count. A stranger who shows two things, say
the password and a code, is judged as a whole.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple

from bank.credentials import lockout
from bank.credentials.lockout import Attempt
from bank.store import Transaction
from customers.service.factors import FactorInvalid, PresentedCredentials
from customers.tables import DeviceRow, FailuresRow


def begin(
    phone_key: str, credentials: PresentedCredentials, *, device: DeviceRow | None, by_code: bool
) -> Attempt[FailuresRow] | None:
    """Count a try; None for a code alone, which has its own tries. Raises Locked.

    `device` is known; `by_code`: whether a code is shown besides.
    """
    if credentials == PresentedCredentials():
        return None
    shown = [value for value in astuple(credentials) if value is not None]
    return lockout.begin(
        FailuresRow,
        phone_key,
        device=device.device_id if device else None,
        whole=len(shown) + by_code > 1,
    )


@contextmanager
def judged(attempt: Attempt[FailuresRow] | None, *, right: bool) -> Iterator[None]:
    """Judge the credentials that are proven within; `right`: whether a right code was shown besides.

    Raises TryRefused.
    """
    try:
        yield
    except FactorInvalid as wrong:
        if attempt is not None:
            attempt.judge(False, right or wrong.partly_right)
        raise
    if attempt is not None:
        attempt.judge(True)


def forgive(transaction: Transaction, phone_key: str) -> None:
    """Let strangers begin anew, with the change of the password that they have guessed at."""
    lockout.forgive_strangers(transaction, FailuresRow, phone_key)
