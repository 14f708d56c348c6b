"""The room's HTTP function, which the modules beside this hang their views on."""

from typing import Any

from bank import errors
from bank.access.principal import Kind
from bank.http import Api

app = Api("suppliers")

# Staff alone: no channel and no customer deals with suppliers.
READ: dict[str, Any] = {"scope": "suppliers:read", "callers": (Kind.STAFF,)}
WRITE: dict[str, Any] = {"scope": "suppliers:write", "callers": (Kind.STAFF,)}
OF_ONE: dict[str, Any] = WRITE | {"problems": [errors.NotFound, errors.Conflict]}
