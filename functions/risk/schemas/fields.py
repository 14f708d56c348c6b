"""Fields and bodies that several of the room's schemas have."""

from datetime import date
from typing import Annotated

from pydantic import Field

from bank.http import Body, Text

Day = Annotated[date, Field(strict=False, description="Business day in Shanghai, YYYY-MM-DD")]


class Because(Body):
    """A reason in words."""

    reason: Text
