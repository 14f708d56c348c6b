"""bank/control/approval/kinds.json: the acts whose approvals are of their own kind, `room.operation`."""

import json

from bank.control.approval.rules import FILE
from infra.contract import rooms

__all__ = ["FILE", "text"]


def text() -> str:
    """The file's content."""
    found = [
        operation.title for _, operation in rooms.operations() if operation.act and operation.act.proposed
    ]
    return json.dumps(sorted(found), indent=2) + "\n"
