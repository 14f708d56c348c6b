"""Statements, and the rows that they are made of."""

from bank import ledger, store
from bank.access.principal import Principal
from bank.ledger import AccountRow, statements
from bank.ledger.tables import EntryRow


def list_entries(
    *, account_id: str, principal: Principal, since: str, until: str, after: str | None, limit: int
) -> tuple[list[EntryRow], str | None]:
    """A page of the statement, newest first, and the key to go on after. Raises AccountNotFound."""
    account = ledger.accounts.find(account_id, principal=principal)
    rows = statements.entries(account, since=since, until=until, after=after, limit=limit + 1)
    return store.page(rows, limit, lambda row: row.entry_key)


def rows_of_changes(changes: list[tuple[AccountRow, AccountRow]]) -> list[EntryRow]:
    """The statement rows that these changes of balance rows make."""
    return [row for old, new in changes for row in statements.rows_of_change(old, new)]
