"""Approving in a test of another room, as the approvals room would."""

from bank.control.approval.tables import ApprovalRow


def approve(approval_id: str) -> None:
    """Have it approved by somebody who may."""
    ApprovalRow(approval_id).update([ApprovalRow.status.set("approved")])
