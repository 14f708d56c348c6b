"""The room's HTTP function, which the modules beside this and `identity.app` hang their views on."""

from typing import Any

from bank import errors
from bank.access.principal import Kind
from bank.http import Api

app = Api("identity")

# RFC 6749, section 5.1: of whatever carries a token or a secret.
NOT_KEPT = {"Cache-Control": "no-store", "Pragma": "no-cache"}
# Staff alone, whatever a channel's client may have been given.
READ: dict[str, Any] = {"callers": (Kind.STAFF,), "problems": [errors.NotFound]}
WRITE: dict[str, Any] = {"callers": (Kind.STAFF,), "problems": [errors.NotFound, errors.Conflict]}
