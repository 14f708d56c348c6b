"""Reasons for which an entitlement cannot be used, beside those of its discount (`bank.promotions`)."""

from enum import StrEnum

from bank import errors
from bank.promotions.reasons import SENTENCES as OF_DISCOUNTS
from bank.promotions.reasons import Reason


class Unusable(StrEnum):
    """Codes of reasons. Clients keep them: none changes its meaning."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not_yet_valid"
    USED_UP = "used_up"
    REVOKED = "revoked"
    GIVEN_AWAY = "given_away"
    RESERVED = "reserved"
    NOT_FOR_PAYMENTS = "not_for_payments"
    NOT_BY_CODE = "not_by_code"
    OTHER_CURRENCY = "other_currency"
    OTHER_MERCHANT = "other_merchant"
    OTHER_BRANCH = "other_branch"
    OTHER_CATEGORY = "other_category"
    OTHER_CHANNEL = "other_channel"
    RULE_NOT_MET = "rule_not_met"
    SUPPLIER_LEFT = "supplier_left"


# English and Chinese.
SENTENCES: dict[Unusable | Reason, tuple[str, str]] = OF_DISCOUNTS | {
    Unusable.EXPIRED: ("Its time is over.", "权益已过期。"),
    Unusable.NOT_YET_VALID: ("Its time has not begun.", "权益尚未生效。"),
    Unusable.USED_UP: ("It has been used.", "权益已使用。"),
    Unusable.REVOKED: ("It was revoked.", "权益已作废。"),
    Unusable.GIVEN_AWAY: ("It was given to somebody else.", "权益已转赠。"),
    Unusable.RESERVED: ("Another order has reserved it.", "权益已被其他订单占用。"),
    Unusable.NOT_FOR_PAYMENTS: ("It takes nothing off payments.", "权益不能用于支付抵扣。"),
    Unusable.NOT_BY_CODE: ("It is not redeemed by a code.", "权益不支持出示券码核销。"),
    Unusable.OTHER_CURRENCY: ("It is for another currency.", "权益不适用于该币种。"),
    Unusable.OTHER_MERCHANT: ("It is for other merchants.", "权益不适用于该商户。"),
    Unusable.OTHER_BRANCH: ("It is for merchants of another branch.", "权益不适用于该分行的商户。"),
    Unusable.OTHER_CATEGORY: ("It is for merchants of another category.", "权益不适用于该类商户。"),
    Unusable.OTHER_CHANNEL: ("It is for other channels.", "权益不适用于该渠道。"),
    Unusable.RULE_NOT_MET: ("This order is not one that it is for.", "订单不符合权益的使用规则。"),
    Unusable.SUPPLIER_LEFT: ("Its supplier has left.", "权益供应商已退出。"),
}


class EntitlementNotUsable(errors.Refusal):
    """409: an entitlement cannot be used here; the code says why (`entitlement_expired`, ...)."""

    code, title = "entitlement_not_usable", "Entitlement not usable"

    @classmethod
    def because(cls, entitlement_id: str, reason: Unusable | Reason) -> "EntitlementNotUsable":
        """The refusal to use this entitlement for a reason."""
        sentence = SENTENCES[reason][0]
        return cls(f"entitlement {entitlement_id}: {sentence}", code=f"entitlement_{reason.value}")


class EntitlementNotFound(errors.NotFound):
    """404: no such entitlement, or not this customer's or the caller's to see."""

    code, title = "entitlement_not_found", "No such entitlement"
