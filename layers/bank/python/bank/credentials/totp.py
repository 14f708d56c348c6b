"""Time-based one-time passwords (RFC 6238): six digits of SHA-1 every 30 seconds, each step taken once.

A code counts for its own step and the one before and after it. That a step is taken once is a condition on
the write: `Enrolled.totp_step < step`, in the transaction of what the code is for.
"""

import hmac
from datetime import datetime

import pyotp
from pynamodb.attributes import NumberAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from bank import clock
from bank.store import Table

STEP_SECONDS = 30
# Steps before and after the present one whose code counts.
WINDOW = 1
ISSUER = "Perkbank"


class Enrolled(Table):
    """Mixin of tables whose rows are people with an authenticator: the last step that was taken."""

    totp_step = NumberAttribute(default=0)


def new_secret() -> str:
    """160 random bits in base32, to be sealed before they are kept."""
    return str(pyotp.random_base32(32))


def uri(secret: str, *, name: str) -> str:
    """The `otpauth:` URI that an authenticator's camera reads."""
    return str(pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER))


def code(secret: str, moment: datetime | None = None) -> str:
    """The code of an instant, as an authenticator shows it (tests, tools)."""
    return str(pyotp.TOTP(secret).at(moment or clock.now()))


def step(secret: str, given: str, *, after: int) -> int | None:
    """The step that `given` is the code of, if that is about now and later than the step `after`.

    All codes are compared, each in constant time.
    """
    generator, present = pyotp.TOTP(secret), int(clock.now().timestamp()) // STEP_SECONDS
    found: int | None = None
    for each in range(present - WINDOW, present + WINDOW + 1):
        expected = str(generator.generate_otp(each))
        if hmac.compare_digest(expected.encode(), given.encode()) and each > after and found is None:
            found = each
    return found


def take(model: type[Enrolled], step: int) -> tuple[Action, Condition]:
    """Take a step, only while no later one and not this one has been taken."""
    return model.totp_step.set(step), model.totp_step < step
