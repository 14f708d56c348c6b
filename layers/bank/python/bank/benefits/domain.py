"""Entitlements (用户权益): what a customer has of a benefit, and the changes that it can go through. Pure.

Instants are text that sorts (`bank.clock.instant`). Each change gives the entitlement as it is afterwards, or
raises `EntitlementNotUsable`; it is written on the condition that nothing has changed it meanwhile.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from bank.benefits.reasons import EntitlementNotUsable, Unusable


class Status(StrEnum):
    """Statuses of an entitlement; of all that were issued, each has one of these."""

    ISSUED = "issued"
    RESERVED = "reserved"
    REDEEMED = "redeemed"
    EXPIRED = "expired"
    REVOKED = "revoked"
    GIVEN_AWAY = "given_away"


ENDED = {
    Status.REDEEMED: Unusable.USED_UP,
    Status.EXPIRED: Unusable.EXPIRED,
    Status.REVOKED: Unusable.REVOKED,
    Status.GIVEN_AWAY: Unusable.GIVEN_AWAY,
}


@dataclass(frozen=True)
class Entitlement:
    """An entitlement as it was read.

    `spent`: what it has given so far, less what came back of it, in minor units. `reserved_for`: the order or
    payment that has it reserved, until `reserved_until`; "" there: until the payment ends.
    """

    entitlement_id: str
    customer_id: str
    status: Status
    uses_left: int
    valid_from: str
    valid_to: str
    spent: int = 0
    reserved_for: str = ""
    reserved_until: str = ""

    def reserved_by_others(self, now: str, reference: str = "") -> bool:
        """Return whether another than `reference` has it reserved at `now`."""
        held = self.status is Status.RESERVED and self.reserved_for != reference
        return held and (not self.reserved_until or now < self.reserved_until)

    def unusable(self, now: str, reference: str = "") -> Unusable | None:
        """Return the reason for which it cannot be used at `now`, or None."""
        if self.status in ENDED:
            return ENDED[self.status]
        if now >= self.valid_to:
            return Unusable.EXPIRED
        if now < self.valid_from:
            return Unusable.NOT_YET_VALID
        return Unusable.RESERVED if self.reserved_by_others(now, reference) else None

    def require_usable(self, now: str, reference: str = "") -> None:
        """Raise EntitlementNotUsable unless it can be used at `now`."""
        reason = self.unusable(now, reference)
        if reason:
            raise EntitlementNotUsable.because(self.entitlement_id, reason)

    def reserved(self, now: str, reference: str, until: str, *, before: str = "") -> "Entitlement":
        """Reserve it for an order or payment. `before`: the order whose reservation that takes over."""
        self.require_usable(now, before or reference)
        return replace(self, status=Status.RESERVED, reserved_for=reference, reserved_until=until)

    def released(self, now: str, reference: str) -> "Entitlement":
        """Give a reservation back, once: as before, or expired where its time is over.

        Raises ValueError where `reference` has not reserved it.
        """
        self._require_reserved(reference)
        return self._free(now)

    def redeemed(self, now: str, reference: str, amount: int = 0) -> "Entitlement":
        """Use it once, for `amount` (minor units); `reference` may have reserved it."""
        self.require_usable(now, reference)
        return self._used(amount)

    def captured(self, reference: str, amount: int = 0) -> "Entitlement":
        """Use what a payment has reserved, whenever that was. Raises ValueError where it has not."""
        self._require_reserved(reference)
        return self._used(amount)

    def refunded(self, now: str, amount: int, *, whole: bool) -> "Entitlement":
        """Take back `amount` of what it gave, and the use with the last of it (`whole`).

        Raises ValueError where it has not given so much.
        """
        if amount > self.spent:
            raise ValueError(f"entitlement {self.entitlement_id} has not given {amount}")
        back = replace(self, spent=self.spent - amount)
        if not whole:
            return back
        back = replace(back, uses_left=self.uses_left + 1)
        # One that has expired has, by whichever clock: nothing would end it a second time.
        return back._free(now) if self.status is Status.REDEEMED else back

    def expired(self, now: str) -> "Entitlement":
        """End it once its time is over. Raises ValueError before, or where it has ended or is reserved."""
        if self.status in ENDED or now < self.valid_to or self.reserved_by_others(now):
            raise ValueError(f"entitlement {self.entitlement_id} does not expire")
        return replace(self, status=Status.EXPIRED, reserved_for="", reserved_until="")

    def revoked(self, now: str) -> "Entitlement":
        """Take it back from the customer."""
        self.require_usable_or_early(now)
        return replace(self, status=Status.REVOKED, reserved_for="", reserved_until="")

    def given_away(self, now: str) -> "Entitlement":
        """Leave it to another customer, who has one of its own then."""
        self.require_usable_or_early(now)
        return replace(self, status=Status.GIVEN_AWAY, reserved_for="", reserved_until="")

    def require_usable_or_early(self, now: str) -> None:
        """Raise EntitlementNotUsable unless it can be used now or later."""
        reason = self.unusable(now)
        if reason not in (None, Unusable.NOT_YET_VALID):
            raise EntitlementNotUsable.because(self.entitlement_id, reason)

    def _require_reserved(self, reference: str) -> None:
        if self.status is not Status.RESERVED or self.reserved_for != reference:
            raise ValueError(f"entitlement {self.entitlement_id} is not reserved for {reference}")

    def _used(self, amount: int) -> "Entitlement":
        if self.uses_left < 1:
            raise EntitlementNotUsable.because(self.entitlement_id, Unusable.USED_UP)
        left = self.uses_left - 1
        status = Status.ISSUED if left else Status.REDEEMED
        spent = self.spent + amount
        return replace(self, status=status, uses_left=left, spent=spent, reserved_for="", reserved_until="")

    def _free(self, now: str) -> "Entitlement":
        status = Status.ISSUED if now < self.valid_to else Status.EXPIRED
        return replace(self, status=status, reserved_for="", reserved_until="")
