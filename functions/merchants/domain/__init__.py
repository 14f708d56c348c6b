"""The rules of merchants: pure."""

from dataclasses import dataclass
from enum import StrEnum

from bank import errors
from bank.counterparties.cycles import Cycle

# ISO 3166-1 alpha-2, the 249 officially assigned codes.
_ASSIGNED = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW
    BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI
    FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN
    IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME
    MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF
    PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV
    SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE
    YT ZA ZM ZW
"""
COUNTRIES = frozenset(_ASSIGNED.split())


@dataclass(frozen=True)
class StandardTerms:
    """The bank's offer to any merchant: least fee, least upper bound of it, fastest settlement."""

    basis_points: int
    fee_cap: int
    settlement: Cycle

    def cover(self, *, basis_points: int, fee_cap: int | None, settlement: Cycle) -> bool:
        """Return whether terms are no better for the merchant than these."""
        return (
            basis_points >= self.basis_points
            and (fee_cap is None or fee_cap >= self.fee_cap)
            and settlement.days >= self.settlement.days
        )


class Status(StrEnum):
    """States of a merchant, of which only an active one takes payments.

    A suspended one is not paid out: what it has earned stays where it is. A closing one gives refunds still
    and is paid out, until nothing can be on its way to it any more; then it is closed, for good. What comes
    all the same is paid out too.
    """

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSING = "closing"
    CLOSED = "closed"


def status(*, stopped: bool, closing_since: str | None, closed_at: str | None) -> Status:
    """Return the state of a merchant: whoever stops it stops it while it closes and after it too."""
    if stopped:
        return Status.SUSPENDED
    if closed_at:
        return Status.CLOSED
    return Status.CLOSING if closing_since else Status.ACTIVE


class MerchantStatus(errors.Conflict):
    """409: the merchant's status does not allow this change of it."""

    code, title = "merchant_status", "Merchant status"
