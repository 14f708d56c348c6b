"""Transfers, one by one: carried out once, found, listed."""

from collections.abc import Callable, Sequence
from typing import Any

from bank import clock, errors, idempotency, ledger, store
from bank.auth import Principal
from bank.ledger import AccountRow, statements
from bank.ledger.tables import EntryRow
from bank.store import Transaction
from transfers.domain import transfer as domain
from transfers.domain.transfer import Instruction, Status
from transfers.tables import TransferRow

# A page of transfers is gathered from a statement, where other bookings may stand between.
ENTRIES_AT_ONCE = 50
ENTRY_PAGES = 10

Read = Callable[[Sequence[store.Key]], list[Any]]


def keys(instruction: Instruction) -> list[store.Key]:
    """What to read of a transfer: what an earlier delivery may have left, the sender, the receiver."""
    return [
        (TransferRow, instruction.transfer_id),
        (AccountRow, instruction.from_account_id),
        (AccountRow, instruction.to_account_id),
    ]


def transfer(
    *, instruction: Instruction, caller: Principal | None, read: Read = store.get_many
) -> tuple[TransferRow, bool]:
    """Carry out a transfer once; its record, succeeded or declined, and whether this was a replay.

    `caller` sends what is theirs to see, to anybody; nobody calls for a batch's line, whose sender was looked
    at when the batch was announced.
    `read` answers `keys`; a row that it had before is good enough, since the write's conditions decide.

    Raises AccountNotFound, CurrencyMismatch, NotTransferable (for a batch's line these too are recorded) and
    KeyReused.
    """
    started = clock.instant()

    def declined(refusal: dict[str, Any]) -> TransferRow:
        decline = {"code": refusal["code"], "detail": refusal["detail"]}
        return _row(instruction, Status.DECLINED, created_at=started, decline=decline)

    try:
        return idempotency.once(
            record=lambda: store.get(TransferRow, instruction.transfer_id),
            request_digest=instruction.request_digest,
            act=lambda: _book(instruction, caller, read),
            refused=declined,
        )
    except errors.Refusal as refusal:
        # It has been recorded: a declined transfer is an answer, not an error.
        return declined(idempotency.refusal(refusal)), False


def _book(instruction: Instruction, caller: Principal | None, read: Read) -> TransferRow:
    source, target = _accounts(instruction, caller, read)
    today = clock.business_date().isoformat()
    refusal = domain.refusal(instruction, source, target, today)
    if refusal:
        raise refusal
    booked_at = clock.instant()
    row = _row(instruction, Status.SUCCEEDED, created_at=booked_at)
    transaction = Transaction()
    transaction.create(row)
    ledger.post(
        transaction,
        domain.journal_of(instruction, booked_at),
        {source.account_id: source, target.account_id: target},
        spending={source.account_id} if domain.spends(source) else frozenset(),
    )
    transaction.commit()
    return row


def _accounts(
    instruction: Instruction, caller: Principal | None, read: Read
) -> tuple[ledger.Account, ledger.Account]:
    """Sender and receiver."""
    earlier, sender, receiver = read(keys(instruction))
    if earlier is not None:
        raise store.AlreadyExists(row=earlier)
    if sender is None or receiver is None:
        missing = instruction.from_account_id if sender is None else instruction.to_account_id
        raise _mistaken(instruction, ledger.AccountNotFound(f"there is no account {missing}"))
    ledger.accounts.seen(instruction.from_account_id, sender, caller)
    source, target = sender.to_domain(), receiver.to_domain()
    mistake = domain.mistake(instruction, source, target)
    if mistake:
        raise _mistaken(instruction, mistake)
    return source, target


def _mistaken(instruction: Instruction, mistake: errors.BankError) -> errors.BankError:
    """A caller mends a mistake and sends again; nobody sends a line again, so it is recorded as refused."""
    if instruction.batch_id is None:
        return mistake
    return errors.Refusal(mistake.detail, code=mistake.code)


def _row(
    instruction: Instruction, status: Status, *, created_at: str, decline: dict[str, str] | None = None
) -> TransferRow:
    return TransferRow(
        transfer_id=instruction.transfer_id,
        client_id=instruction.client_id,
        status=status.value,
        from_account_id=instruction.from_account_id,
        to_account_id=instruction.to_account_id,
        amount=instruction.amount,
        currency=instruction.currency,
        note=instruction.note,
        journal_id=None if decline else instruction.journal_id,
        created_at=created_at,
        decline=decline,
        batch_id=instruction.batch_id,
        line=instruction.line,
        request_digest=instruction.request_digest,
    )


def find(transfer_id: str, *, caller: Principal) -> TransferRow:
    """A transfer, for who asked for it and for who sees either account. Raises NotFound.

    One round trip, and for others than who asked for it a second.
    """
    missing = errors.NotFound(f"there is no transfer {transfer_id}", code="transfer_not_found")
    row = store.get(TransferRow, transfer_id)
    if row is None:
        raise missing
    if not caller.sees(row.made_by):
        accounts = store.get_many([(AccountRow, row.from_account_id), (AccountRow, row.to_account_id)])
        if not any(account is not None and caller.sees(account.ownership) for account in accounts):
            raise missing
    return row


def listed(
    *, account_id: str, caller: Principal, since: str, until: str, after: str | None, limit: int
) -> tuple[list[TransferRow], str | None]:
    """Booked transfers of an account in [since, until), newest first, and the entry key to go on after.

    A page may hold fewer than `limit` where the statement holds much else. Raises AccountNotFound.
    """
    ledger.accounts.find(account_id, caller=caller)
    entries, last = _transfer_entries(account_id, since=since, until=until, after=after, limit=limit)
    rows = store.get_many([(TransferRow, entry.reference) for entry in entries])
    return [row for row in rows if row is not None], last


def _transfer_entries(
    account_id: str, *, since: str, until: str, after: str | None, limit: int
) -> tuple[list[EntryRow], str | None]:
    found: list[EntryRow] = []
    size = max(limit + 1, ENTRIES_AT_ONCE)
    for _ in range(ENTRY_PAGES):
        page = statements.entries(account_id, since=since, until=until, after=after, limit=size)
        found += [entry for entry in page if entry.kind == domain.JOURNAL_KIND]
        if len(found) > limit:
            return found[:limit], found[limit - 1].entry_key
        if len(page) < size:
            return found, None
        after = page[-1].entry_key
    return found, after
