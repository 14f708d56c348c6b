"""Finding payments, from what stream consumers have written: nothing is paid for a list before the answer.

A payment that was captured at once stands in the statements of its payer and its merchant (entries of kind
`payment`). The others (declined, or authorized first) and all order numbers are index rows. Sources are
merged newest first by `<created_at>#<payment_id>`.
"""

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from bank import ids, ledger, store
from bank.access.principal import Principal
from bank.ledger import AccountRow, statements
from bank.ledger.tables import EntryRow
from payments.service import scope
from payments.tables import PAYMENT, IndexRow, PaymentRow, settlement_id

MERCHANT_SHARDS = 4
SCAN_PAGE = 50
# Entries of other kinds are passed over; a page that met so many goes on with its cursor.
SCAN_LIMIT = 1_000
END = "~"


@dataclass(frozen=True)
class Wanted:
    """Filter of payments: created in [since, until), older than the key `after`."""

    merchant_id: str | None
    payer_account_id: str | None
    merchant_order_no: str | None
    since: str
    until: str
    after: str | None
    limit: int

    @property
    def upper(self) -> str:
        """The key that everything found is below."""
        return min(bound for bound in (self.after, self.until, END) if bound)

    def fits(self, row: PaymentRow) -> bool:
        """Return whether a payment that one list holds is also what the other filters ask for."""
        return (
            self.merchant_id in (None, row.merchant_id)
            and self.payer_account_id in (None, row.payer_account_id)
            and self.merchant_order_no in (None, row.merchant_order_no)
        )


# A place in a list, and the payment there; None where an entry of another kind was passed over.
Place = tuple[str, str | None]


def list_payments(*, wanted: Wanted, principal: Principal) -> tuple[list[PaymentRow], str | None]:
    """A page of payments that the caller may see, newest first, and the key to go on after."""
    if not wanted.merchant_order_no or scope.whole_bank(principal):
        return _page(wanted, principal)
    # Anybody's payments may have the same order number. What of them is not the caller's leaves no trace, the
    # place to go on from included.
    rows, _ = _page(replace(wanted, limit=SCAN_LIMIT), principal)
    rows = scope.visible(rows, principal)
    return store.page(rows, wanted.limit, _sort_key)


def _page(wanted: Wanted, principal: Principal) -> tuple[list[PaymentRow], str | None]:
    places: list[Place] = []
    found = 0
    more = False
    for place in heapq.merge(*_sources(wanted, principal), key=_key, reverse=True):
        if found == wanted.limit or len(places) == SCAN_LIMIT:
            more = True
            break
        places.append(place)
        found += place[1] is not None
    keys = [(PaymentRow, payment_id, PAYMENT) for _, payment_id in places if payment_id]
    rows = [row for row in store.get_many(keys) if row is not None and wanted.fits(row)]
    return rows, places[-1][0] if more else None


def _sources(wanted: Wanted, principal: Principal) -> list[Iterator[Place]]:
    """Return the lists to read: whoever sees a payer's or merchant's accounts sees all its payments."""
    if wanted.merchant_order_no:
        return [_indexed(f"order#{wanted.merchant_order_no}", wanted)]
    if wanted.payer_account_id and _sees_account(wanted.payer_account_id, principal):
        return [
            _booked(wanted.payer_account_id, wanted),
            _indexed(f"payer#{wanted.payer_account_id}", wanted),
        ]
    if not wanted.merchant_id:
        return []
    owned = ledger.accounts.owned_by(wanted.merchant_id, after=None, limit=100)
    if not scope.whole_bank(principal) and not any(
        principal.sees(row.ownership) for row in _settlements(owned)
    ):
        return []
    return [
        *(_booked(row.account_id, wanted) for row in owned),
        *(_indexed(f"merchant#{wanted.merchant_id}#{shard}", wanted) for shard in range(MERCHANT_SHARDS)),
    ]


def _sees_account(account_id: str, principal: Principal) -> bool:
    if scope.whole_bank(principal):
        return True
    row = store.get(AccountRow, account_id)
    return row is not None and principal.sees(row.ownership)


def _settlements(owned: list[AccountRow]) -> list[AccountRow]:
    """A merchant's own accounts: whoever opens another in its name is not thereby its keeper."""
    return [row for row in owned if row.account_id == settlement_id(row.owner_id, row.currency)]


def _booked(account_id: str, wanted: Wanted) -> Iterator[Place]:
    """Places of payments captured at once, from an account's statement.

    What was booked in one instant stands there in the order of booking; here, as in every list, by id.
    """
    for _, at_once in itertools.groupby(_entries(account_id, wanted), lambda row: row.booked_at):
        places = [_place(row) for row in at_once]
        yield from sorted((place for place in places if place[0] < wanted.upper), key=_key, reverse=True)


def _entries(account_id: str, wanted: Wanted) -> Iterator[EntryRow]:
    """The entries of an account's statement, read a page at a time."""
    after: str | None = wanted.upper.split("#")[0] + ("#" + END if "#" in wanted.upper else "")
    while after:
        rows = statements.entries(account_id, since=wanted.since, after=after, limit=SCAN_PAGE)
        yield from rows
        after = rows[-1].entry_key if len(rows) == SCAN_PAGE else None


def _place(row: EntryRow) -> Place:
    payment_id = row.reference if row.kind == "payment" else None
    return f"{row.booked_at}#{payment_id or ''}", payment_id


def _key(place: Place) -> str:
    return place[0]


def _indexed(index_key: str, wanted: Wanted) -> Iterator[Place]:
    if wanted.upper <= wanted.since:
        return
    condition = IndexRow.sort_key.between(wanted.since or " ", wanted.upper)
    for row in store.query(IndexRow, index_key, condition, newest_first=True, consistent=False):
        if row.sort_key < wanted.upper:
            yield row.sort_key, row.sort_key.split("#", 1)[1]


def _sort_key(payment: PaymentRow) -> str:
    return f"{payment.created_at}#{payment.payment_id}"


def index_rows(payment: PaymentRow) -> list[IndexRow]:
    """The rows by which a payment is found besides its parties' statements."""
    sort_key = _sort_key(payment)
    keys = [f"order#{payment.merchant_order_no}"]
    if payment.status != "succeeded":
        keys.append(f"payer#{payment.payer_account_id}")
    # Where the fee takes all of a payment, the merchant's statement has nothing of it.
    if payment.status != "succeeded" or payment.captured_amount == payment.fee:
        keys.append(f"merchant#{payment.merchant_id}#{ids.shard(payment.payment_id, MERCHANT_SHARDS)}")
    return [IndexRow(index_key=key, sort_key=sort_key) for key in keys]
