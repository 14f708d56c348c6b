"""Controls on what staff and the bank itself do: maker-checker approvals and the audit trail."""
