"""Text messages to members of staff, in the customers' language, as codes are."""

from bank import errors, messages
from bank.observability import logger
from staff.settings import settings
from staff.tables import MemberRow

SECRET = "【Perkbank】{login}，您的登记密钥 {initial}，{hours}小时内有效，仅可使用一次。请勿告诉任何人。"  # noqa: RUF001
ANOTHER_PHONE = (
    "【Perkbank】{login}，您登记的手机号已更换，登录密钥不再发到此号码。如非本人同意，请立即联系总行。"  # noqa: RUF001
)


def send_secret(phone: str, login: str, initial: str) -> None:
    """Send somebody the secret that they enrol with. Raises Unavailable."""
    hours = int(settings.enrolment.total_seconds()) // 3600
    messages.send(phone, SECRET.format(login=login, initial=initial, hours=hours))


def tell_of_another_phone(row: MemberRow, phone: str) -> None:
    """Tell the phone that a member had until now of the change, which is made and which no failure undoes."""
    try:
        messages.send(phone, ANOTHER_PHONE.format(login=row.login_name))
    except errors.Unavailable:
        logger.error("a notice was not sent", staff_id=row.staff_id, reason="phone_changed")
