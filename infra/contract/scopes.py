"""bank/scopes.json: each scope that a room declares, with the methods and first path segments it opens."""

import json

from bank.access.scopes import FILE, Opening
from infra.contract import rooms

__all__ = ["FILE", "openings", "text"]


def openings() -> dict[str, set[Opening]]:
    """The scopes of all routes, and those that rooms ask for without a route."""
    found: dict[str, set[Opening]] = {
        name: set() for api in rooms.apis().values() for name in api.permissions
    }
    for _, operation in rooms.operations():
        if operation.scope:
            opening = Opening(operation.method, operation.path.split("/")[1])
            found.setdefault(operation.scope, set()).add(opening)
    return found


def text() -> str:
    """The file's content."""
    written = {scope: [" ".join(each) for each in sorted(opened)] for scope, opened in openings().items()}
    return json.dumps(written, indent=2, sort_keys=True) + "\n"
