"""Fields that several of the room's schemas have."""

from typing import Annotated

from pydantic import Field, SecretStr

from bank.credentials.passwords import LONGEST
from bank.http import Text

LOGIN_NAME = r"^[a-z0-9][a-z0-9._-]{1,39}$"


LoginName = Annotated[str, Field(pattern=LOGIN_NAME, description="Small letters, digits, . - _")]


Password = Annotated[SecretStr, Field(min_length=1, max_length=4 * LONGEST)]


DeviceToken = Annotated[SecretStr, Field(min_length=1, max_length=128, examples=["dev_01JD.c2VjcmV0"])]


Reason = Annotated[Text, Field(description="Why, for the audit trail; no personal data")]
