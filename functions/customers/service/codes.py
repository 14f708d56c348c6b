"""One-time codes by text message: six digits, five minutes, five tries, one purpose.

How many a phone gets in a day is counted for whoever asks, for their channel and in total, each with room for
the next: so neither an address nor a channel exhausts a phone for others, and nobody floods it. Known devices
of its customer have a share of their own, which no stranger uses up, with room for another device of theirs.

What is kept of a code is its HMAC under a key of KMS: who has the table cannot try out the million that there
are.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bank import clock, errors, ids, messages, store, vault
from bank.store import Item, Transaction
from customers.domain.purposes import NAMED, Purpose
from customers.settings import settings
from customers.tables import CodeRow, SendLimitRow

MESSAGE = "【Perkbank】验证码 {code}，用于{purpose}，5分钟内有效。请勿告诉任何人。"  # noqa: RUF001
GOOD_FOR = timedelta(minutes=5)
TRIES = 5
# Codes to a phone in a day (of Shanghai): for one asker, for all of their channel, for all there are.
PER_ASKER, PER_CHANNEL, PER_PHONE = 10, 15, 20
# The same for one known device, and for all that its customer has.
PER_DEVICE, PER_CUSTOMER = 10, 15
KEPT = timedelta(days=1)


class CodeInvalid(errors.Forbidden):
    """403: the code is wrong, used, too old, or was tried too often. It is not said which."""

    code, title = "code_invalid", "Code invalid"


class TooManyCodes(errors.TooMany):
    """429: a code was sent to this phone a minute ago, or too many were, or too many were asked for here."""

    code, title = "too_many_codes", "Too many codes"


@dataclass(frozen=True)
class Asker:
    """The source of a request for a code: the channel's client, an address; for customers, their session.

    `device`: a known one of the customer whose phone it goes to, verified or of their session.
    """

    client_id: str
    source_ip: str
    session: str = ""
    device: str = ""

    @property
    def address(self) -> str:
        """A hash of the address."""
        return _digest(self.source_ip)


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


def send(target: Target, *, phone: str, asker: Asker) -> str:
    """Send a code, which replaces the one before; its reference, for `verify`. The same work for every phone.

    Raises TooManyCodes, and Unavailable where the message could not be sent.
    """
    code, reference = f"{secrets.randbelow(10**6):06d}", secrets.token_urlsafe(16)
    now = clock.now()
    transaction = Transaction()
    _take_sending(transaction, target, asker)
    actions = [
        CodeRow.code_mac.set(_mac(target, code)),
        CodeRow.own_tries_left.set(TRIES),
        CodeRow.tries_left.set(TRIES),
        CodeRow.reference_digest.set(_digest(reference)),
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
        raise TooManyCodes("a code was sent just now", retry_after=1) from None
    messages.send(phone, MESSAGE.format(code=code, purpose=NAMED[target.purpose]))
    return reference


def _take_sending(transaction: Transaction, target: Target, asker: Asker) -> None:
    """Count the sending: to the phone, for its asker and who else shares it; and by the address alone."""
    now = clock.now()
    day, tomorrow = clock.business_date(now), clock.midnight(clock.business_date(now) + timedelta(days=1))
    shares = _shares(f"sent#phone#{target.phone_key.rsplit('#', 1)[-1]}#{day.isoformat()}", asker)
    next_at = clock.instant(now + timedelta(seconds=settings.code_gap))
    paused = SendLimitRow.next_at.does_not_exist() | (SendLimitRow.next_at <= clock.instant(now))
    for key, most in shares:
        gap = [SendLimitRow.next_at.set(next_at)] if (key, most) == shares[0] else []
        transaction.update(
            (SendLimitRow, key),
            [*_one_less(most, tomorrow + timedelta(days=1)), *gap],
            _any_left() & paused if gap else _any_left(),
            lambda item: _too_many("wait before asking for another code", item, tomorrow),
        )
    hour = now.replace(minute=0, second=0, microsecond=0)
    strangers = "" if asker.device else "strangers#"
    transaction.update(
        (SendLimitRow, f"sent#address#{strangers}{asker.address}#{hour:%Y-%m-%dT%H}"),
        _one_less(settings.codes_per_address, hour + timedelta(hours=3)),
        _any_left(),
        lambda item: _too_many("too many codes were asked for from here", item, hour + timedelta(hours=1)),
    )


def _shares(phone: str, asker: Asker) -> list[tuple[str, int]]:
    """Counts that a sending takes one of, by key: the asker's own, then those that they share."""
    if asker.device:
        known = f"{phone}#known"
        return [(f"{known}#{asker.device}", PER_DEVICE), (known, PER_CUSTOMER)]
    channel = f"{phone}#{asker.client_id}"
    own = f"{channel}#{asker.session or asker.address}"
    return [(own, PER_ASKER), (channel, PER_CHANNEL), (phone, PER_PHONE)]


def _too_many(why: str, item: Item | None, until: datetime) -> Exception:
    """A refusal until the next may be asked for where any is left, else until the day or hour ends."""
    row = SendLimitRow.from_item(item) if item else None
    if row and int(row.left) > 0 and row.next_at:
        until = clock.parse(row.next_at)
    return TooManyCodes(why, retry_after=max(1, clock.seconds_until(until)))


def _one_less(of: int, purge: datetime) -> list[Any]:
    left = SendLimitRow.left
    return [left.set((left | of) - 1), SendLimitRow.purge_at.set(int(purge.timestamp()))]


def _any_left() -> Any:
    return SendLimitRow.left.does_not_exist() | (SendLimitRow.left > 0)


def verify(target: Target, code: str, *, reference: str | None = None) -> CodeRow:
    """Count a try, then compare; the code's row, for `use`. Raises CodeInvalid.

    Whoever shows the reference of having asked for it has tries of their own: strangers cannot use them up.
    """
    row = store.get(CodeRow, target.challenge)
    given = _mac(target, code)
    if row is None:
        raise _wrong(None)
    own = hmac.compare_digest(_digest(reference or ""), row.reference_digest or "")
    left = CodeRow.own_tries_left if own else CodeRow.tries_left
    transaction = Transaction()
    transaction.update((CodeRow, target.challenge), [left.set(left - 1)], (left > 0) & _still(row), _wrong)
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


def _digest(reference: str) -> str:
    return hashlib.sha256(reference.encode()).hexdigest()


def _mac(target: Target, code: str) -> str:
    return vault.fingerprint("one_time_code", ids.digest([target.challenge, code]))
