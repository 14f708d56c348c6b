"""Notices by text message of what was done in a customer's name, to the phone that they had before it.

Sent from the table's stream, so that none is lost with a function that died; a message that cannot be sent is
logged and holds up nothing.
"""

import base64

from bank import errors
from bank.messages import send
from bank.observability import logger
from customers.service import people
from customers.service.guard import Reason
from customers.tables import CustomerRow

MESSAGES = {
    Reason.NEW_DEVICE: "您的账户已在新设备上登录",
    Reason.PASSWORD_RESET: "您的登录密码已重置,所有设备均已退出",
    Reason.PAYMENT_PASSWORD_RESET: "您的支付密码已重置",
    Reason.PHONE_CHANGED: "您的账户已更换手机号,此号码不再用于登录",
    Reason.TOTP_REMOVED: "您的动态口令已关闭",
}
NOTICE = "【Perkbank】{happened}。为保障资金安全,支付限额已临时下调。如非本人操作,请立即联系客服。"


def tell(before: CustomerRow, reason: str) -> None:
    """Tell a customer, as they were before, why their limits are lowered."""
    sealed = before.phone_sealed
    if sealed is None:
        return
    # A stream's record, being JSON, has bytes in base64.
    before.phone_sealed = base64.b64decode(sealed) if isinstance(sealed, str) else sealed
    try:
        send(people.phone_of(before), NOTICE.format(happened=MESSAGES[Reason(reason)]))
    except errors.Unavailable:
        logger.error("a notice was not sent", customer_id=before.customer_id, reason=reason)
