"""Customers' wallets: accounts of the ledger, one for each currency; this room opens, limits, closes them."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from bank import errors, ledger, store
from bank.config import config
from bank.control import audit
from bank.ledger import AccountRow, Kind, Limits, Status, WalletCustomer
from bank.ledger.wallets import wallet_id
from bank.money import MINOR_DIGITS
from bank.store import Item, Stale, Transaction
from customers import tables
from customers.domain import levels
from customers.service.people import gone
from customers.tables import ACTIVE, CLOSED, CustomerRow


class WalletExists(errors.Conflict):
    """409: the customer has a wallet of this currency."""

    code, title = "wallet_exists", "Wallet exists"


class WalletNotFound(errors.NotFound):
    """404: the customer has no wallet of this currency."""

    code = "wallet_not_found"


class WalletsNotEmpty(errors.Conflict):
    """409: there is money in a wallet, or held there, or a wallet is frozen."""

    code, title = "wallets_not_empty", "Wallets not empty"


class LevelTooLow(errors.Conflict):
    """409: an account of class I has a wallet of the home currency only."""

    code, title = "level_too_low", "Level too low"


def new_row(customer: CustomerRow, currency: str) -> AccountRow:
    """A wallet with the limits of the customer's level, for the transaction that opens it."""
    level = int(customer.level)
    return ledger.accounts.new_row(
        account_id=wallet_id(customer.customer_id, currency),
        owner_id=customer.customer_id,
        kind=Kind.WALLET,
        currency=currency,
        limits=Limits(per_year=levels.per_year(level, currency)),
        metadata=WalletCustomer(
            customer.customer_id,
            level=level,
            free_limit=levels.in_currency(levels.FREE_LIMIT, currency),
            since=customer.registered_at,
        ).on(),
        client_id=customer.client_id,
        unit_id=customer.unit_id,
    )


def list_wallets(customer_id: str) -> list[AccountRow]:
    """A customer's wallets as they are now, closed ones left out. One round trip."""
    rows: Iterable[AccountRow | None] = store.get_many(
        [(AccountRow, wallet_id(customer_id, currency)) for currency in sorted(MINOR_DIGITS)]
    )
    return [row for row in rows if row is not None and row.status != Status.CLOSED.value]


def find(customer_id: str, currency: str) -> AccountRow:
    """A customer's wallet that is not closed. One round trip. Raises WalletNotFound."""
    row = store.get(AccountRow, wallet_id(customer_id, currency))
    if row is None or row.status == Status.CLOSED.value:
        raise WalletNotFound(f"there is no wallet of {currency}")
    return row


def open_wallet(*, customer_id: str, currency: str) -> AccountRow:
    """Open a wallet of a further currency. Raises WalletExists, LevelTooLow, CustomerNotFound."""

    def attempt() -> AccountRow:
        customer = store.get(CustomerRow, customer_id, tables.PROFILE)
        if customer is None:
            raise gone(None)
        if int(customer.level) == levels.FIRST and currency != config.home_currency:
            raise LevelTooLow("verify the customer first: a wallet of this currency needs level II")
        row, transaction = new_row(customer, currency), Transaction()
        if currency != config.home_currency:
            _inherit_lowered(transaction, customer, row)
        transaction.create(row, lambda _: WalletExists(f"there is a wallet of {currency}"))
        # A change of level finds every wallet that is there by then, and one that is opened with the level
        # before is opened again.
        transaction.update(
            tables.profile_key(customer_id),
            [CustomerRow.wallet_count.set(CustomerRow.wallet_count + 1)],
            (CustomerRow.status == ACTIVE) & (CustomerRow.level == int(customer.level)),
            lambda item: gone(item) if item is None or item["status"]["S"] != ACTIVE else Stale(),
        )
        transaction.commit()
        return row

    return store.retry_on_conflict(attempt)


def lower(transaction: Transaction, customer: CustomerRow, *, until: datetime) -> None:
    """Lower the limits of all wallets until `until`, in the caller's transaction.

    How much may leave is the level's; nothing lifts it but time. One read, and an operation of the
    transaction for each currency: one that is opened meanwhile would not be lowered, so that it is refused
    (Stale) then, as where another has lowered them.
    """
    level = int(customer.level)
    keys = {currency: _key(customer.customer_id, currency) for currency in sorted(MINOR_DIGITS)}
    for (currency, key), row in zip(keys.items(), store.get_many(list(keys.values())), strict=True):
        if row is None:
            transaction.check(key, AccountRow.account_id.does_not_exist(), store.stale)
        elif row.status != Status.CLOSED.value:
            per_day = levels.lowered_per_day(level, currency)
            ledger.lowering.lower(transaction, row, until=until, per_day=per_day)


def _inherit_lowered(transaction: Transaction, customer: CustomerRow, row: AccountRow) -> None:
    """Let a further wallet be lowered as long as the first one, which customers are registered with."""
    key = _key(customer.customer_id, config.home_currency)
    first = store.get(*key)
    transaction.check(key, ledger.lowering.as_read(first.lowered if first else None), store.stale)
    if first and ledger.lowering.now(first.to_domain()):
        row.lowered_until = first.lowered_until
        row.lowered_per_day = levels.lowered_per_day(int(customer.level), row.currency)


def _key(customer_id: str, currency: str) -> tuple[type[AccountRow], str]:
    return AccountRow, wallet_id(customer_id, currency)


def apply_level(*, customer_id: str, level: int, at: str) -> bool:
    """Give a customer a level that was reached at the instant `at`: on the profile, then on each wallet.

    Repeating it changes nothing, and a change that a later one has overtaken is passed over: False.
    """
    customer = store.get(CustomerRow, customer_id, tables.PROFILE)
    if customer is None:
        return False
    transaction = Transaction()
    # Of two changes within a second nobody can say which was the later: people's levels rise.
    same_second = (CustomerRow.level_at == at) & (CustomerRow.level <= level)
    transaction.update(
        tables.profile_key(customer_id),
        [CustomerRow.level.set(level), CustomerRow.level_at.set(at)],
        # Who is suspended has the level by the time that they are reinstated.
        (CustomerRow.status != CLOSED) & ((CustomerRow.level_at < at) | same_second),
        _overtaken,
    )
    if int(customer.level) != level:
        audit.record(
            transaction,
            actor=audit.system("customers-on-kyc"),
            action="customers.level_changed",
            subject_id=customer_id,
            ownership=customer.ownership,
            before={"level": int(customer.level)},
            after={"level": level},
        )
    try:
        transaction.commit()
    except Overtaken:
        return False
    for row in list_wallets(customer_id):
        _limit(row.account_id, level)
    return True


class Overtaken(Exception):
    """A later change of level is there already, or the customer is gone."""


def _overtaken(_: Item | None) -> Exception:
    return Overtaken()


def _limit(account_id: str, level: int) -> None:
    def attempt() -> str:
        row = ledger.accounts.find(account_id)
        transaction = Transaction()
        replace_metadata(transaction, row, replace(holder_of(row), level=level).on(row.metadata))
        transaction.commit()
        return str(row.currency)

    per_year = levels.per_year(level, store.retry_on_conflict(attempt))
    ledger.accounts.set_limits(account_id, lambda limits: Limits(**{**vars(limits), "per_year": per_year}))


def holder_of(row: AccountRow) -> WalletCustomer:
    """Customer of a wallet, as it tells rooms that move money."""
    customer = WalletCustomer.of(row.metadata)
    if customer is None:
        raise ValueError(f"{row.account_id} is no customer's wallet")
    return customer


def replace_metadata(transaction: Transaction, row: AccountRow, metadata: dict[str, Any]) -> None:
    """Let a wallet say this, unless it says another thing than it did."""
    transaction.update(
        (AccountRow, row.account_id),
        [AccountRow.metadata.set(metadata)],
        AccountRow.metadata == row.metadata,
        store.stale,
    )


def close_all(transaction: Transaction, rows: Iterable[AccountRow]) -> None:
    """Close wallets in the transaction, while each is active and at zero. Raises WalletsNotEmpty."""
    for row in rows:
        if row.status != Status.ACTIVE.value or row.balance or row.held:
            raise WalletsNotEmpty("every wallet has to be active and at zero, with nothing held")
        ledger.accounts.close(transaction, row, reason="customer_closed")
