"""An authenticator: the codes of a secret by the bank's time (RFC 6238), each of them once."""

import threading
import time

import pyotp

from bank import clock

STEP_SECONDS = 30


class Authenticator:
    """The codes of one member of staff, read by several threads if need be."""

    def __init__(self, secret: str) -> None:
        self._codes = pyotp.TOTP(secret)
        self._last = 0
        self._counting = threading.Lock()

    def code(self, first: int = 0) -> str:
        """A code that has not been used; waits where the present ones have been.

        The step before the present one counts, and the one after it; `first` is the first to take, counted
        from the present one.
        """
        with self._counting:
            step = max(self._last + 1, _step() + first)
            time.sleep(max(0.0, (step - 1) * STEP_SECONDS - clock.now().timestamp()))
            self._last = step
            return str(self._codes.generate_otp(step))

    @property
    def has_run_out(self) -> bool:
        """True where the last code counts no more."""
        return self._last < _step() - 1


def _step() -> int:
    """The present step of every authenticator."""
    return int(clock.now().timestamp()) // STEP_SECONDS
