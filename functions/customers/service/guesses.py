"""Guesses at a phone's login, counted by source (`bank.credentials.lockout`), whether anybody has it or not.

A known device is a source of its own; everybody else shares one count. A stranger who shows several things,
say the password and a code, is judged as a whole, and guesses at one of them count for that combination.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from bank.credentials import lockout
from bank.credentials.lockout import Attempt
from bank.store import Transaction
from customers.domain import proofs
from customers.service.factors import FactorInvalid, PresentedCredentials
from customers.tables import DeviceRow, FailuresRow


def begin(
    target: str, credentials: PresentedCredentials, *, device: DeviceRow | None, by_code: bool = False
) -> Attempt[FailuresRow] | None:
    """Count a try; None for a code alone, which has its own tries. Raises Locked.

    `target`: the phone's key, which may say what for; `device` is known; `by_code`: whether a code is shown
    besides.
    """
    shown = credentials.given | ({proofs.CODE} if by_code else set())
    if shown == {proofs.CODE}:
        return None
    return lockout.begin(
        FailuresRow,
        target,
        device=device.device_id if device else None,
        combination=proofs.combination(shown),
        hourly=not proofs.bounded_by_itself(shown),
    )


@contextmanager
def judged(attempt: Attempt[FailuresRow] | None, *, by_code: bool) -> Iterator[None]:
    """Judge the credentials that are proven within; `by_code`: whether a right code was shown besides.

    Raises TryRefused.
    """
    try:
        yield
    except FactorInvalid as wrong:
        if attempt is not None:
            right = {*wrong.right, *([proofs.CODE] * by_code)}
            attempt.judge(False, proofs.is_guess(right, wrong.wrong))
        raise
    if attempt is not None:
        attempt.judge(True)


def forgive(transaction: Transaction, phone_key: str, *, device_id: str | None) -> None:
    """Let strangers begin anew, and the device that is kept, with the change of the password guessed at."""
    lockout.forgive_all(transaction, FailuresRow, phone_key, proofs.WITH_PASSWORD, device=device_id)
