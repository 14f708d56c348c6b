"""The identity room's tables. Their models stand in the kernel: verifying the audit trail reads them, too."""

from bank.access.clients import ACTIVE, INVITED, REVOKED, SUSPENDED, ClientKeyRow, ClientRow

__all__ = ["ACTIVE", "INVITED", "REVOKED", "SUSPENDED", "ClientKeyRow", "ClientRow"]
