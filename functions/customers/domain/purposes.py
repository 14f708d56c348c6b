"""Purposes of one-time codes."""

from enum import StrEnum


class Purpose(StrEnum):
    """Purpose of a code; one for another purpose does not count."""

    REGISTER = "register"
    LOGIN = "login"
    RESET_PASSWORD = "reset_password"
    RECOVER_PHONE = "recover_phone"
    CHANGE_PASSWORD = "change_password"
    NEW_PHONE = "new_phone"
    CHANGE_PHONE = "change_phone"
    FORGET_DEVICE = "forget_device"
    TOTP = "totp"
    PAYMENT_PASSWORD = "payment_password"
    CLOSURE = "closure"


# As the message names them.
NAMED = {
    Purpose.REGISTER: "注册",
    Purpose.LOGIN: "登录",
    Purpose.RESET_PASSWORD: "重置登录密码",
    Purpose.RECOVER_PHONE: "找回账户并更换手机号",
    Purpose.CHANGE_PASSWORD: "修改登录密码",
    Purpose.NEW_PHONE: "绑定新手机号",
    Purpose.CHANGE_PHONE: "更换手机号",
    Purpose.FORGET_DEVICE: "移除登录设备",
    Purpose.TOTP: "管理动态口令",
    Purpose.PAYMENT_PASSWORD: "设置支付密码",
    Purpose.CLOSURE: "注销账户",
}
