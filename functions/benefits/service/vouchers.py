"""Voucher codes of a product: its pool, what a claim takes of it, and whether it runs low.

A code is found by its keyed digest, so that no pool has it twice, nor another one of the same supplier, and
whoever reads the table has no code. It is sealed, and opened for its customer alone. A claim takes one in
its own transaction, on the condition that it is free: a process keeps a few that were free, from a place of
chance, so that processes seldom want the same one; who comes second takes another.
"""

import functools
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field

from bank import caps, errors, mac, store, vault
from bank.access.principal import Kind as Caller
from bank.access.principal import Principal
from bank.benefits import offers
from bank.benefits.offers import Kind
from bank.benefits.tables import EntitlementRow
from bank.control import audit
from bank.store import Transaction
from benefits.domain import vouchers as domain
from benefits.service import products
from benefits.tables import ProductRow, VoucherCodeRow, free_of, issued_of

BLOCK = 50
# Codes of a product that were free when they were read, for the claims of this process.
_blocks: dict[str, list[str]] = {}


class NoCodes(errors.Refusal):
    """409: the product hands out no codes."""

    code, title = "no_voucher_codes", "No voucher codes"


@dataclass
class Loaded:
    """Codes of a request: how many came to the pool, how many it had, and which lines are none."""

    new: int = 0
    known: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True)
class Pool:
    """The pool of a product, and who of staff puts codes into it."""

    product_id: str
    principal: Principal
    actor: audit.Actor

    def require(self) -> ProductRow:
        """Read its product. Raises ProductNotFound, NoCodes."""
        row = products.find(product_id=self.product_id, principal=self.principal)
        if row.draft["kind"] != Kind.VOUCHER_CODE:
            raise NoCodes(f"product {self.product_id} hands out no codes")
        return row


def load(pool: Pool, codes: Sequence[str]) -> tuple[Loaded, int]:
    """Put codes into a product's pool, each once; what came of them, and how many are free then.

    Sent again it changes nothing. Raises ProductNotFound, NoCodes.
    """
    row, loaded = pool.require(), Loaded()
    for line, code in enumerate(codes, start=1):
        _load(row, code, line, loaded)
    free, _ = counts(pool.product_id)
    transaction = Transaction()
    facts = {"loaded": loaded.new, "known": loaded.known, "refused": len(loaded.refused), "free": free}
    products.tell(transaction, pool.actor, "codes_loaded", row, after=facts)
    transaction.commit()
    return loaded, free


def generated(pool: Pool, pattern: str, charset: str, count: int, *, request_id: str) -> list[str]:
    """Make codes of a pattern: the same ones for each delivery of a request.

    Raises ProductNotFound, NoCodes, Invalid.
    """
    pool.require()
    faults = domain.faults(pattern, charset, count + sum(counts(pool.product_id)))
    if faults:
        raise errors.Invalid("the request is not valid", errors=faults)
    # A secret that nobody has who lacks the key, and that needs not be kept for the request to come again.
    return domain.made(pattern, charset, count, mac.made(f"voucher codes for {request_id}"))


def _load(row: ProductRow, code: str, line: int, loaded: Loaded) -> None:
    if not domain.CODE.fullmatch(code):
        loaded.refused.append((line, "not_a_code"))
        return
    key = _digest(row.draft.get("supplier_id") or row.product_id, code)
    sealed = vault.seal(code, context=_place(key))
    row_of = VoucherCodeRow(
        code_key=key, product_id=row.product_id, pool=free_of(row.product_id), sealed=sealed
    )
    if store.put_new(row_of):
        loaded.new += 1
        return
    known = store.get(VoucherCodeRow, key)
    if known is not None and known.product_id == row.product_id:
        loaded.known += 1
    else:
        loaded.refused.append((line, "in_another_pool"))


def take(transaction: Transaction, offer: offers.Offer, entitlement_id: str) -> str | None:
    """Take a free code for an entitlement in its claim; its key, or None of a kind that has none.

    Raises SoldOut; the transaction raises Stale where another claim had it.
    """
    if offer.kind is not Kind.VOUCHER_CODE:
        return None
    product_id = offers.product_of(offer.offer_id)
    block = _blocks.setdefault(product_id, [])
    if not block:
        block += _free(product_id)
    if not block:
        raise caps.SoldOut
    key = block.pop()
    transaction.update(
        (VoucherCodeRow, key),
        [VoucherCodeRow.entitlement_id.set(entitlement_id), VoucherCodeRow.pool.set(issued_of(product_id))],
        VoucherCodeRow.pool == free_of(product_id),
        store.stale,
    )
    return key


def _free(product_id: str) -> list[str]:
    """Some of the free codes, from a place of chance: digests are spread evenly."""
    pool, place = free_of(product_id), secrets.token_hex(32)
    index, key = VoucherCodeRow.by_pool, VoucherCodeRow.code_key
    found = [row.code_key for row in index.query(pool, key > place, limit=BLOCK)]
    if len(found) < BLOCK:
        found += [row.code_key for row in index.query(pool, key <= place, limit=BLOCK - len(found))]
    secrets.SystemRandom().shuffle(found)
    return found


def counts(product_id: str) -> tuple[int, int]:
    """Count the codes of a product that are free, and those that were issued: a second late at most."""
    index = VoucherCodeRow.by_pool
    return index.count(free_of(product_id)), index.count(issued_of(product_id))


def pool_of(row: ProductRow) -> tuple[int, int] | None:
    """Count a product's codes as `counts` does; None of one that hands out none."""
    return counts(row.product_id) if row.draft["kind"] == Kind.VOUCHER_CODE else None


def shown(row: EntitlementRow, principal: Principal) -> str | None:
    """The code of an entitlement, to its customer and the channel of these; to nobody else."""
    if row.voucher_key is None or principal.kind is Caller.STAFF:
        return None
    code = store.get(VoucherCodeRow, row.voucher_key)
    assert code is not None, "a code that was issued is never deleted"
    return vault.unseal(code.sealed, context=_place(row.voucher_key))


def crossing(product_id: str, low_stock: int) -> ProductRow | None:
    """The product, where fewer codes are free than it wants and nobody was told of this time yet."""
    row = products.load(product_id)
    if _is_low(product_id, low_stock) is row.codes_low:
        return None
    if not row.codes_low:
        return row
    _mark(row, low=False)
    return None


def told(row: ProductRow) -> None:
    """Keep that staff were told of this time."""
    _mark(row, low=True)


def _is_low(product_id: str, low_stock: int) -> bool:
    index = VoucherCodeRow.by_pool
    return index.count(free_of(product_id), limit=low_stock) < low_stock if low_stock else False


def _mark(row: ProductRow, *, low: bool) -> None:
    transaction, times = Transaction(), int(row.times_low)
    actions = [ProductRow.codes_low.set(low), ProductRow.times_low.set(times + low)]
    as_read = (ProductRow.times_low == times) & (ProductRow.codes_low == row.codes_low)
    unmarked = ProductRow.times_low.does_not_exist()
    transaction.update((ProductRow, row.product_id), actions, as_read | unmarked, store.stale)
    try:
        transaction.commit()
    except store.Stale:
        return  # Another batch of the stream has told of it.


def forget() -> None:
    """As a new process: no code is known to be free."""
    _blocks.clear()


def _place(key: str) -> dict[str, str]:
    return {"record": key, "field": "voucher_code"}


def _digest(namespace: str, code: str) -> str:
    return hmac.digest(_secret(), f"{namespace}\x1f{code}".encode(), hashlib.sha256).hex()


@functools.cache
def _secret() -> bytes:
    """The key of the digests: one call of KMS a process, whose key it cannot be made without."""
    return mac.made("digests of voucher codes")
