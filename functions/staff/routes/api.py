"""The room's HTTP function, which the modules beside this hang their views on."""

from typing import Any

from bank import errors
from bank.access.principal import Kind
from bank.control.approval.domain import ADMINISTER
from bank.http import Api

app = Api("staff", permissions=(ADMINISTER,))


# Staff alone, whatever a channel's client may have been given.
READ: dict[str, Any] = {"callers": (Kind.STAFF,)}


WRITE: dict[str, Any] = {"callers": (Kind.STAFF,), "problems": [errors.NotFound, errors.Conflict]}
