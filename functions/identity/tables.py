"""The identity room's table. Its model stands in the kernel: verifying the audit trail reads it, too."""

from bank.access.clients import ACTIVE, INVITED, REVOKED, SUSPENDED, ClientRow

__all__ = ["ACTIVE", "INVITED", "REVOKED", "SUSPENDED", "ClientRow"]
