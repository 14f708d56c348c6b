"""Transfers, one by one: carried out once, found, listed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bank import clock, errors, ledger, risk, store
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Principal
from bank.credentials.payment_tokens import PaymentToken
from bank.ledger import AccountRow, statements
from bank.ledger.tables import EntryRow
from bank.store import Transaction, idempotency
from transfers.domain import transfer as domain
from transfers.domain.transfer import Instruction, Status
from transfers.tables import TransferRow

# A review that nobody has decided by then is a rejection.
REVIEW = timedelta(days=7)
NOTHING_SAID = risk.Circumstances()

# A page of transfers is gathered from a statement, where other bookings may stand between.
ENTRIES_AT_ONCE = 50
ENTRY_PAGES = 10

Read = Callable[[Sequence[store.Key]], list[Any]]


def guard_of(
    instruction: Instruction,
    caller: Principal | None = None,
    circumstances: risk.Circumstances = NOTHING_SAID,
) -> risk.Guard:
    """Who judges the transfer."""
    context = risk.Context.of(
        "transfer",
        circumstances,
        account_id=instruction.from_account_id,
        amount=instruction.amount,
        currency=instruction.currency,
        client_id=instruction.client_id,
        payee=instruction.to_account_id,
    )
    return risk.Guard(context, instruction.transfer_id, caller, circumstances.token)


def keys(instruction: Instruction, guard: risk.Guard) -> list[store.Key]:
    """What to read: what an earlier delivery may have left, the sender, the receiver, and what risk asks."""
    return [
        (TransferRow, instruction.transfer_id),
        (AccountRow, instruction.from_account_id),
        (AccountRow, instruction.to_account_id),
        *guard.keys(),
    ]


@dataclass(frozen=True)
class _Found:
    """What was read before the decision."""

    source: ledger.Account
    target: ledger.Account
    sender: AccountRow
    judged: risk.Judged


def transfer(
    *,
    instruction: Instruction,
    caller: Principal | None,
    circumstances: risk.Circumstances = NOTHING_SAID,
    read: Read = store.get_many,
) -> tuple[TransferRow, bool]:
    """Carry out a transfer once; its record, succeeded or declined, and whether this was a replay.

    `caller` sends what is theirs to see, to anybody; nobody calls for a batch's line, whose sender was looked
    at when the batch was announced.
    `read` answers `keys`; a row that it had before is good enough, since the write's conditions decide.

    Raises AccountNotFound, CurrencyMismatch, NotTransferable (for a batch's line these too are recorded) and
    KeyReused, SessionEnded, ChallengeRequired, Forbidden (a payment token that is not good for this).
    """
    started, guard = clock.instant(), guard_of(instruction, caller, circumstances)
    judged: list[risk.Judged] = []

    def declined(refusal: dict[str, Any]) -> TransferRow:
        row = _row(instruction, Status.DECLINED, guard, judged[-1] if judged else None, created_at=started)
        row.decline = {"code": refusal["code"], "detail": refusal["detail"]}
        return row

    def act() -> TransferRow:
        found = _find(instruction, guard, caller, read)
        judged.append(found.judged)
        return _book(instruction, guard, found)

    try:
        return idempotency.once(
            record=lambda: store.get(TransferRow, instruction.transfer_id),
            request_digest=instruction.request_digest,
            act=act,
            refused=declined,
        )
    except errors.Refusal as refusal:
        # It has been recorded: a declined transfer is an answer, not an error.
        return declined(idempotency.refusal(refusal)), False


def _book(instruction: Instruction, guard: risk.Guard, found: _Found) -> TransferRow:
    """Decide and write. What is refused here before the write would be refused by its conditions too."""
    source, target, judged = found.source, found.target, found.judged
    refusal = _refusal(instruction, found)
    if refusal:
        raise refusal
    token = _cleared(instruction, guard, found)
    now = clock.instant()
    row = _row(instruction, Status.SUCCEEDED, guard, judged, created_at=now)
    transaction = Transaction()
    guard.spend(transaction, token)
    if judged.held:
        row.status, row.journal_id = Status.IN_REVIEW.value, None
        row.review_until = clock.instant(clock.parse(now) + REVIEW)
        transaction.create(row)
        ledger.holds.place(
            transaction,
            hold_id=instruction.hold_id,
            account=source,
            amount=instruction.amount,
            expires_at=row.review_until,
            reference=instruction.transfer_id,
            spend=judged.spend,
        )
    else:
        transaction.create(row)
        ledger.post(
            transaction,
            domain.journal_of(instruction, now),
            {source.account_id: source, target.account_id: target},
            spending={source.account_id} if domain.spends(source) else frozenset(),
            spend=judged.spend,
        )
    transaction.commit()
    return row


def _refusal(instruction: Instruction, found: _Found) -> errors.Refusal | None:
    """What can be known before the write of why it is declined; the write's own conditions decide."""
    if domain.spends(found.source):
        why_not = ledger.why_not(found.source, instruction.amount, found.judged.spend)
    else:
        why_not = ledger.why_not_debit(found.source, instruction.amount)
    return why_not or ledger.why_not_credit(found.target)


def _cleared(instruction: Instruction, guard: risk.Guard, found: _Found) -> PaymentToken | None:
    """What risk lets go on. Nobody is there to confirm a batch's line or to wait for it: it is declined."""
    if instruction.batch_id is None:
        return guard.clear(found.judged, found.source, found.sender)
    if found.judged.held:
        raise errors.Refusal("risk would have a person look at this", code="review_required")
    try:
        return guard.clear(found.judged, found.source, found.sender)
    except risk.ChallengeRequired as asked:
        raise errors.Refusal("the customer must confirm this", code=asked.code) from asked


def _find(instruction: Instruction, guard: risk.Guard, caller: Principal | None, read: Read) -> _Found:
    """Sender, receiver and the verdict."""
    earlier, sender, receiver, *of_risk = read(keys(instruction, guard))
    guard.admit(of_risk)
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
    return _Found(source, target, sender, guard.judge(of_risk, source, unit_id=sender.unit_id))


def _mistaken(instruction: Instruction, mistake: errors.BankError) -> errors.BankError:
    """A caller mends a mistake and sends again; nobody sends a line again, so it is recorded as refused."""
    if instruction.batch_id is None:
        return mistake
    return errors.Refusal(mistake.detail, code=mistake.code)


def _row(
    instruction: Instruction,
    status: Status,
    guard: risk.Guard,
    judged: risk.Judged | None,
    *,
    created_at: str,
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
        journal_id=instruction.journal_id if status is Status.SUCCEEDED else None,
        created_at=created_at,
        batch_id=instruction.batch_id,
        line=instruction.line,
        request_digest=instruction.request_digest,
        customer_id=judged.customer_id if judged else None,
        unit_id=judged.unit_id if judged else HEAD_OFFICE,
        device_id=guard.context.device_id or None,
        risk=judged.verdict.pack() if judged else None,
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
