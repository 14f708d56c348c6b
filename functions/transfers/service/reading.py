"""Transfers as they are: one, or those of an account."""

from bank import errors, ledger, store
from bank.access.principal import Principal
from bank.ledger import AccountRow, statements
from bank.ledger.tables import EntryRow
from transfers.domain import transfer as domain
from transfers.tables import TransferRow

# A page of transfers is gathered from a statement, where other bookings may stand between.
ENTRIES_AT_ONCE = 50


ENTRY_PAGES = 10


def find(transfer_id: str, *, principal: Principal) -> TransferRow:
    """A transfer, for who asked for it and for who sees either account. Raises NotFound.

    One round trip, and for others than who asked for it a second.
    """
    missing = errors.NotFound(f"there is no transfer {transfer_id}", code="transfer_not_found")
    row = store.get(TransferRow, transfer_id)
    if row is None:
        raise missing
    if not principal.sees(row.made_by):
        accounts = store.get_many([(AccountRow, row.from_account_id), (AccountRow, row.to_account_id)])
        if not any(account is not None and principal.sees(account.ownership) for account in accounts):
            raise missing
    return row


def list_transfers(
    *, account_id: str, principal: Principal, since: str, until: str, after: str | None, limit: int
) -> tuple[list[TransferRow], str | None]:
    """Booked transfers of an account in [since, until), newest first, and the entry key to go on after.

    A page may hold fewer than `limit` where the statement holds much else. Raises AccountNotFound.
    """
    account = ledger.accounts.find(account_id, principal=principal)
    entries, last = _transfer_entries(account, since=since, until=until, after=after, limit=limit)
    rows = store.get_many([(TransferRow, entry.reference) for entry in entries])
    return [row for row in rows if row is not None], last


def _transfer_entries(
    account: AccountRow, *, since: str, until: str, after: str | None, limit: int
) -> tuple[list[EntryRow], str | None]:
    found: list[EntryRow] = []
    size = max(limit + 1, ENTRIES_AT_ONCE)
    for _ in range(ENTRY_PAGES):
        page = statements.entries(account, since=since, until=until, after=after, limit=size)
        found += [entry for entry in page if entry.kind == domain.JOURNAL_KIND]
        if len(found) > limit:
            return found[:limit], found[limit - 1].entry_key
        if len(page) < size:
            return found, None
        after = page[-1].entry_key
    return found, after
