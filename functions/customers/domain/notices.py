"""Notices of what was done in a customer's name: their kinds, and how each is told."""

from enum import StrEnum


class Notice(StrEnum):
    """Kind of a notice."""

    NEW_DEVICE = "new_device"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET = "password_reset"
    PAYMENT_PASSWORD_CHANGED = "payment_password_changed"
    PAYMENT_PASSWORD_RESET = "payment_password_reset"
    PAYMENT_PASSWORD_UNLOCKED = "payment_password_unlocked"
    PAYMENT_PASSWORD_UNLOCKED_AGAIN = "payment_password_unlocked_again"
    PHONE_CHANGED = "phone_changed"
    PHONE_RELEASED = "phone_released"
    EXPORT_STARTED = "export_started"
    TOTP_ENROLLED = "totp_enrolled"
    TOTP_REMOVED = "totp_removed"


TEXTS = {
    Notice.NEW_DEVICE: "您的账户已在新设备上登录",
    Notice.PASSWORD_CHANGED: "您的登录密码已设置或修改",
    Notice.PASSWORD_RESET: "您的登录密码已重置,所有设备均已退出",
    Notice.PAYMENT_PASSWORD_CHANGED: "您的支付密码已设置或修改",
    Notice.PAYMENT_PASSWORD_RESET: "您的支付密码已重置",
    Notice.PAYMENT_PASSWORD_UNLOCKED: "您的支付密码已解锁",
    Notice.PAYMENT_PASSWORD_UNLOCKED_AGAIN: "您的支付密码连续输错后再次解锁",
    Notice.PHONE_CHANGED: "您的账户已更换手机号,此号码不再用于登录",
    Notice.PHONE_RELEASED: "您的手机号已由他人注册,请更换手机号",
    Notice.EXPORT_STARTED: "有人申请导出您的个人数据",
    Notice.TOTP_ENROLLED: "您的账户已启用动态口令",
    Notice.TOTP_REMOVED: "您的动态口令已关闭",
}
# After these the limits are lowered (customers.service.guard).
LOWERING = frozenset(
    {
        Notice.NEW_DEVICE,
        Notice.PASSWORD_RESET,
        Notice.PAYMENT_PASSWORD_RESET,
        Notice.PAYMENT_PASSWORD_UNLOCKED_AGAIN,
        Notice.PHONE_CHANGED,
        Notice.TOTP_REMOVED,
    }
)


def message(kind: Notice) -> str:
    """The text message of a notice."""
    lowered = "为保障资金安全,支付限额已临时下调。" if kind in LOWERING else ""
    return f"【Perkbank】{TEXTS[kind]}。{lowered}如非本人操作,请立即联系客服。"
