"""One-time codes by text message: six digits, five minutes, five tries, one purpose.

What is kept of a code is its HMAC under a key of KMS: who has the table cannot try out the million that there
are.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bank import clock, errors, ids, messages, store, vault
from bank.store import Item, Transaction
from customers.domain.purposes import NAMED, Purpose
from customers.settings import settings
from customers.tables import CodeRow, SendLimitRow

MESSAGE = "【Perkbank】验证码 {code}，用于{purpose}，5分钟内有效。请勿告诉任何人。"  # noqa: RUF001
GOOD_FOR = timedelta(minutes=5)
TRIES = 5
PER_PHONE_AND_DAY = 10
KEPT = timedelta(days=1)


class CodeInvalid(errors.Forbidden):
    """403: the code is wrong, used, too old, or was tried too often. It is not said which."""

    code, title = "code_invalid", "Code invalid"


class TooManyCodes(errors.TooMany):
    """429: a code was sent to this phone a minute ago, or too many were, or too many were asked for here."""

    code, title = "too_many_codes", "Too many codes"


@dataclass(frozen=True)
class Target:
    """Phone and purpose of a code. `owner` is the customer who asked, if one did."""

    purpose: Purpose
    phone_key: str
    owner: str = ""

    @property
    def challenge(self) -> str:
        """The key of the code's row."""
        return f"code#{self.purpose}#{self.owner}#{self.phone_key}"


def send(target: Target, *, phone: str, source_ip: str) -> None:
    """Send a code, which replaces the one before. The same work for every phone, known here or not.

    Raises TooManyCodes, and Unavailable where the message could not be sent.
    """
    code = f"{secrets.randbelow(10**6):06d}"
    now = clock.now()
    transaction = Transaction()
    _take_sending(transaction, target, source_ip)
    actions = [
        CodeRow.code_mac.set(_mac(target, code)),
        CodeRow.tries_left.set(TRIES),
        CodeRow.sent_at.set(clock.instant(now)),
        CodeRow.expires_at.set(clock.instant(now + GOOD_FOR)),
        CodeRow.used_at.remove(),
        CodeRow.purge_at.set(int((now + KEPT).timestamp())),
    ]
    newer = CodeRow.sent_at.does_not_exist() | (CodeRow.sent_at < clock.instant(now))
    transaction.update((CodeRow, target.challenge), actions, newer, store.stale)
    try:
        transaction.commit()
    except store.Stale:
        raise TooManyCodes("a code was sent just now", retry_after=settings.code_gap) from None
    messages.send(phone, MESSAGE.format(code=code, purpose=NAMED[target.purpose]))


def _take_sending(transaction: Transaction, target: Target, source_ip: str) -> None:
    """Count the sending, by the phone whatever its channel, and by the address that asks."""
    now = clock.now()
    fingerprint = target.phone_key.rsplit("#", 1)[-1]
    next_at = clock.instant(now + timedelta(seconds=settings.code_gap))
    day = f"sent#phone#{fingerprint}#{clock.business_date(now).isoformat()}"
    paused = SendLimitRow.next_at.does_not_exist() | (SendLimitRow.next_at <= clock.instant(now))
    transaction.update(
        (SendLimitRow, day),
        [*_one_less(PER_PHONE_AND_DAY, now + timedelta(days=2)), SendLimitRow.next_at.set(next_at)],
        _any_left() & paused,
        lambda _: TooManyCodes("wait before asking for another code", retry_after=settings.code_gap),
    )
    address = hashlib.sha256(source_ip.encode()).hexdigest()
    transaction.update(
        (SendLimitRow, f"sent#address#{address}#{now:%Y-%m-%dT%H}"),
        _one_less(settings.codes_per_address, now + timedelta(hours=3)),
        _any_left(),
        lambda _: TooManyCodes("too many codes were asked for from here", retry_after=3600),
    )


def _one_less(of: int, purge: Any) -> list[Any]:
    left = SendLimitRow.left
    return [left.set((left | of) - 1), SendLimitRow.purge_at.set(int(purge.timestamp()))]


def _any_left() -> Any:
    return SendLimitRow.left.does_not_exist() | (SendLimitRow.left > 0)


def verify(target: Target, code: str) -> CodeRow:
    """Count a try, then compare; the code's row, for `use`. Raises CodeInvalid."""
    row = store.get(CodeRow, target.challenge)
    given = _mac(target, code)
    if row is None:
        raise _wrong(None)
    transaction = Transaction()
    transaction.update(
        (CodeRow, target.challenge),
        [CodeRow.tries_left.set(CodeRow.tries_left - 1)],
        (CodeRow.tries_left > 0) & _still(row),
        _wrong,
    )
    transaction.commit()
    if not hmac.compare_digest(given, row.code_mac):
        raise _wrong(None)
    return row


def use(transaction: Transaction, row: CodeRow) -> None:
    """Use a verified code up in the transaction of what it is for. Refused: CodeInvalid."""
    transaction.update((CodeRow, row.challenge), [CodeRow.used_at.set(clock.instant())], _still(row), _wrong)


def _still(row: CodeRow) -> Any:
    """It is the code that was read, unused, and in time."""
    fresh = CodeRow.used_at.does_not_exist() & (CodeRow.expires_at > clock.instant())
    return (CodeRow.code_mac == row.code_mac) & fresh


def _wrong(_: Item | None) -> Exception:
    return CodeInvalid("the code is not right: ask for a new one")


def _mac(target: Target, code: str) -> str:
    return vault.fingerprint("one_time_code", ids.digest([target.challenge, code]))
