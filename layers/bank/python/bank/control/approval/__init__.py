"""Maker-checker: nothing of weight is done before somebody else has approved exactly that.

A room submits the digest of a content with `submit`, in the transaction that keeps the content, and later
does it in a transaction that `require`s the approval: approved, unexpired, unchanged and not used before.
Who must check is data (`rules`); checkers decide in the room `approvals`.
"""

from bank.control.approval.domain import ContentChanged
from bank.control.approval.requests import NotApproved, key, require, submit

__all__ = ["ContentChanged", "NotApproved", "key", "require", "submit"]
