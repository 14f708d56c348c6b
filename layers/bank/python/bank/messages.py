"""Text messages to phones, by SNS."""

import functools
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from bank import aws, errors
from bank.observability import logger


def send(phone: str, text: str) -> None:
    """Send a message to a number in E.164. Raises Unavailable where it could not be sent.

    Needs sns:Publish on phone numbers, which IAM knows as any resource, and a denial for topics.
    """
    kind = {"DataType": "String", "StringValue": "Transactional"}
    try:
        _sns().publish(PhoneNumber=phone, Message=text, MessageAttributes={"AWS.SNS.SMS.SMSType": kind})
    except (ClientError, BotoCoreError) as error:
        # Neither chained nor logged whole: SNS repeats the number in what it complains of.
        logger.error("no message was sent", error=type(error).__name__)
        raise errors.Unavailable("the message could not be sent") from None


@functools.cache
def _sns() -> Any:
    return aws.client("sns", read_timeout=3)
