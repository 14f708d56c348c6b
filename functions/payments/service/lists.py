"""Finding payments, from what stream consumers have written: nothing is paid for a list before the answer.

A payment that was captured at once stands in the statements of its payer and its merchant (entries of kind
`payment`). The others (declined, or authorized first) and all order numbers are index rows. Sources are
merged newest first by `<created_at>#<payment_id>`. With an order number it goes merchant by merchant, each
newest first: thousands of merchants have an order 0000001, and who names theirs reads no other's.
"""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass

from bank import ids, store
from bank.access.principal import Principal
from bank.ledger import AccountRow, statements
from bank.ledger.payees import settlement_id
from bank.ledger.tables import EntryRow
from bank.money import MINOR_DIGITS
from payments.service import scope
from payments.tables import PAYMENT, IndexRow, PaymentRow

MERCHANT_SHARDS = 4
SCAN_PAGE = 50
END = "~"
# Sorts behind every instant, and before every merchant's id.
AFTER_INSTANTS = ":"


@dataclass(frozen=True)
class Wanted:
    """Filter of payments: created in [since, until), beyond the place `after`."""

    merchant_id: str | None
    payer_account_id: str | None
    merchant_order_no: str | None
    since: str
    until: str
    after: str | None
    limit: int

    @property
    def upper(self) -> str:
        """The key that everything found by time is below."""
        return min(bound for bound in (self.after, self.until, END) if bound)

    def fits(self, row: PaymentRow) -> bool:
        """Return whether a payment that one list holds is also what the other filters ask for."""
        return (
            self.merchant_id in (None, row.merchant_id)
            and self.payer_account_id in (None, row.payer_account_id)
            and self.merchant_order_no in (None, row.merchant_order_no)
            and self.since <= row.created_at < (self.until or END)
        )


# A place in a list, and the payment there; None where an entry of another kind was passed over.
Place = tuple[str, str | None]


def list_payments(*, wanted: Wanted, principal: Principal) -> tuple[list[PaymentRow], str | None]:
    """A page of payments that the caller may see, newest first, and the place to go on after."""

    def shown(batch: list[Place]) -> list[PaymentRow | None]:
        found = store.get_many([(PaymentRow, payment_id, PAYMENT) for _, payment_id in batch if payment_id])
        rows = [row for row in found if row is not None and wanted.fits(row)]
        if wanted.merchant_order_no:
            # Anybody's payments may have the same order number.
            rows = scope.visible(rows, principal)
        known = {row.payment_id: row for row in rows}
        return [known.get(payment_id or "") for _, payment_id in batch]

    places = heapq.merge(*_sources(wanted, principal), key=_key, reverse=True)
    return store.sift(places, shown, limit=wanted.limit, place=_key)


def _sources(wanted: Wanted, principal: Principal) -> list[Iterator[Place]]:
    """Return the lists to read: whoever sees a payer's or merchant's accounts sees all its payments."""
    if wanted.merchant_order_no:
        return [_ordered(wanted.merchant_order_no, wanted)]
    payer = store.get(AccountRow, wanted.payer_account_id) if wanted.payer_account_id else None
    if payer is not None and principal.sees(payer.ownership):
        return [_booked(payer, wanted), _indexed(f"payer#{payer.account_id}", wanted)]
    if not wanted.merchant_id:
        return []
    settlements = _settlements(wanted.merchant_id)
    if not any(principal.sees(row.ownership) for row in settlements):
        return []
    return [
        *(_booked(row, wanted) for row in settlements),
        *(_indexed(f"merchant#{wanted.merchant_id}#{shard}", wanted) for shard in range(MERCHANT_SHARDS)),
    ]


def _settlements(merchant_id: str) -> list[AccountRow]:
    """A merchant's settlement accounts, in whatever currency it was ever paid. One round trip.

    By their ids, which follow from the two: what others open in a merchant's name is none of them.
    """
    keys = [(AccountRow, settlement_id(merchant_id, currency)) for currency in MINOR_DIGITS]
    return [row for row in store.get_many(keys) if row is not None]


def _ordered(order_no: str, wanted: Wanted) -> Iterator[Place]:
    """Places of payments with an order number: `<merchant>#<created_at>#<payment_id>`.

    Rows of before have no merchant in theirs, and come last.
    """
    ranges = [(" ", END)]
    if wanted.merchant_id:
        ranges = [(f"{wanted.merchant_id}#", f"{wanted.merchant_id}#{END}"), (" ", AFTER_INSTANTS)]
    for lower, bound in ranges:
        yield from _range(f"order#{order_no}", lower, min(bound, wanted.after or END))


def _booked(account: AccountRow, wanted: Wanted) -> Iterator[Place]:
    """Places of payments captured at once, from an account's statement.

    What was booked in one instant stands there in the order of booking; here, as in every list, by id.
    """
    for _, at_once in itertools.groupby(_entries(account, wanted), lambda row: row.booked_at):
        places = [_place(row) for row in at_once]
        yield from sorted((place for place in places if place[0] < wanted.upper), key=_key, reverse=True)


def _entries(account: AccountRow, wanted: Wanted) -> Iterator[EntryRow]:
    """The entries of an account's statement, read a page at a time."""
    after: str | None = wanted.upper.split("#")[0] + ("#" + END if "#" in wanted.upper else "")
    while after:
        rows = statements.entries(account, since=wanted.since, after=after, limit=SCAN_PAGE)
        yield from rows
        after = rows[-1].entry_key if len(rows) == SCAN_PAGE else None


def _place(row: EntryRow) -> Place:
    payment_id = row.reference if row.kind == "payment" else None
    return f"{row.booked_at}#{payment_id or ''}", payment_id


def _key(place: Place) -> str:
    return place[0]


def _indexed(index_key: str, wanted: Wanted) -> Iterator[Place]:
    return _range(index_key, wanted.since or " ", wanted.upper)


def _range(index_key: str, lower: str, upper: str) -> Iterator[Place]:
    """Places of a partition of the index in [lower, upper), from the last back."""
    if upper <= lower:
        # DynamoDB refuses a range that ends before it begins; there is nothing in it.
        return
    condition = IndexRow.sort_key.between(lower, upper)
    for row in store.query(IndexRow, index_key, condition, newest_first=True, consistent=False):
        if row.sort_key < upper:
            yield row.sort_key, row.sort_key.rpartition("#")[2]


def index_rows(payment: PaymentRow) -> list[IndexRow]:
    """The rows by which a payment is found besides its parties' statements."""
    by_time = f"{payment.created_at}#{payment.payment_id}"
    places = [(f"order#{payment.merchant_order_no}", f"{payment.merchant_id}#{by_time}")]
    if payment.status != "succeeded":
        places.append((f"payer#{payment.payer_account_id}", by_time))
    # Where the fee takes all of a payment, the merchant's statement has nothing of it.
    if payment.status != "succeeded" or payment.captured_amount == payment.fee:
        shard = ids.shard(payment.payment_id, MERCHANT_SHARDS)
        places.append((f"merchant#{payment.merchant_id}#{shard}", by_time))
    return [IndexRow(index_key=index_key, sort_key=sort_key) for index_key, sort_key in places]
