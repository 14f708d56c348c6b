"""The suppliers room's tables. Patterns and costs: README.md."""

from suppliers.tables.dossiers import STATUS_SHARDS, DossierRow, key, listed
from suppliers.tables.statements import StatementRow, UsageFileRow
from suppliers.tables.usage import GateRow, UsageRow

__all__ = [
    "STATUS_SHARDS",
    "DossierRow",
    "GateRow",
    "StatementRow",
    "UsageFileRow",
    "UsageRow",
    "key",
    "listed",
]
