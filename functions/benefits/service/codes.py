"""Codes that a customer shows to have an entitlement redeemed: 18 digits, good once, for five minutes.

The last one that was asked for counts: the entitlement's row has its digest. Sixteen digits are of chance.
With a million codes good at once, the sixty wrong ones that a merchant may show in an hour find one in some
two million years; the count is there so that somebody who tries is stopped and seen.
"""

import secrets
from datetime import timedelta

from bank import clock, errors, mac, store
from bank.access.principal import Principal
from bank.benefits import tables
from bank.benefits.reasons import EntitlementNotUsable, Unusable
from bank.benefits.tables import EntitlementRow
from bank.store import Key, Transaction
from benefits.service import entitlements
from benefits.tables import RedemptionCodeRow, WrongCodesRow

# Beside payment codes, which begin with 88: scanners go by that.
PREFIX = "89"
DIGITS = 18
GOOD_FOR = timedelta(minutes=5)
KEPT = timedelta(days=1)
MOST_WRONG = 60


class CodeUnknown(errors.Unprocessable):
    """422: no such code counts now: it was never given out, is used or too old, or there is a newer one."""

    code, title = "redemption_code_unknown", "No code that counts"


class TooManyWrongCodes(errors.TooMany):
    """429: too many codes were wrong at this merchant in this hour."""

    code, title = "too_many_wrong_codes", "Too many wrong codes"


def create(*, entitlement_id: str, principal: Principal) -> tuple[str, RedemptionCodeRow]:
    """A fresh code for the entitlement, in the place of any before, and its record.

    Raises EntitlementNotFound, EntitlementNotUsable.
    """

    def act() -> tuple[str, RedemptionCodeRow]:
        row = entitlements.find(entitlement_id=entitlement_id, principal=principal)
        (offer,) = entitlements.offers_of([row])
        if not offer.to_domain().by_code:
            raise EntitlementNotUsable.because(entitlement_id, Unusable.NOT_BY_CODE)
        now, before = clock.now(), row.to_domain()
        before.require_usable(clock.instant(now))
        code = f"{PREFIX}{secrets.randbelow(10 ** (DIGITS - len(PREFIX))):0{DIGITS - len(PREFIX)}d}"
        made = RedemptionCodeRow(
            code_key=digest(code),
            entitlement_id=entitlement_id,
            account_id=row.account_id,
            device_id=principal.device,
            expires_at=clock.instant(now + GOOD_FOR),
            purge_at=int((now + KEPT).timestamp()),
        )
        transaction = Transaction()
        transaction.create(made, store.stale)
        newest = EntitlementRow.code_digest.set(made.code_key)
        tables.change(transaction, row, before, {"what": "code"}, newest)
        transaction.commit()
        return code, made

    return store.retry_on_conflict(act)


def digest(code: str) -> str:
    """Return the keyed digest by which a code is found. One call of KMS."""
    return mac.made(f"redemption code {code}").hex()


def counts(row: RedemptionCodeRow | None, entitlement: EntitlementRow | None) -> bool:
    """Tell whether a code is its entitlement's last one, unused and in its time."""
    if row is None or entitlement is None or row.code_key != entitlement.code_digest:
        return False
    return clock.instant() < row.expires_at


def wrong_key(merchant_id: str) -> Key:
    """The key of what was wrong at a merchant in this hour."""
    return WrongCodesRow, f"wrong#{merchant_id}#{clock.now():%Y-%m-%dT%H}"


def require_heard(wrong: WrongCodesRow | None) -> None:
    """Raise TooManyWrongCodes where a merchant has shown so many that none is looked at in this hour."""
    if wrong is not None and wrong.made >= MOST_WRONG:
        raise TooManyWrongCodes(retry_after=_left_of_the_hour())


def count_wrong(merchant_id: str) -> None:
    """Count a code that was none. Raises TooManyWrongCodes."""
    transaction, made = Transaction(), WrongCodesRow.made
    purge_at = int((clock.now() + KEPT).timestamp())
    transaction.update(
        wrong_key(merchant_id),
        [made.set((made | 0) + 1), WrongCodesRow.purge_at.set(purge_at)],
        made.does_not_exist() | (made < MOST_WRONG),
        lambda _: TooManyWrongCodes(retry_after=_left_of_the_hour()),
    )
    transaction.commit()


def _left_of_the_hour() -> int:
    return 3600 - int(clock.now().timestamp()) % 3600


def qr_svg(code: str) -> str:
    """The code as a QR symbol, an SVG document."""
    # Imported here: no other route of this function draws, and a cold start pays for every import.
    import segno

    return str(segno.make(code, error="m").svg_inline(scale=4, border=4))
