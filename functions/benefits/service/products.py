"""Products: drafted, and read."""

import heapq
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bank import clock, errors, ids, store
from bank.access import organisation
from bank.access.principal import Kind, Principal
from bank.benefits import bearers
from bank.benefits.tables import OfferRow
from bank.config import config
from bank.control import audit
from bank.ledger import AccountRow
from bank.ledger.payees import settlement_id
from bank.store import Transaction, idempotency
from benefits.domain import products as domain
from benefits.tables import SHELF, ProductRow


class ProductNotFound(errors.NotFound):
    """404: no such product, or not the caller's to see."""

    code, title = "product_not_found", "No such product"


class NotYours(errors.Forbidden):
    """403: a unit lets nobody but itself, what is below it and its merchants bear what a product costs."""

    code, title = "bearer_not_yours", "Not yours to charge"


def create(
    *,
    product_id: str,
    request_digest: str,
    content: Mapping[str, Any],
    principal: Principal,
    actor: audit.Actor,
) -> tuple[ProductRow, bool]:
    """Draft a product of the caller's unit; the row, and whether this was a replay.

    Raises Invalid, NotYours, KeyReused.
    """

    def act() -> ProductRow:
        require_sound(content, principal)
        row = ProductRow(
            product_id=product_id,
            request_digest=request_digest,
            draft=dict(content),
            unit_id=principal.unit or organisation.HEAD_OFFICE,
            made_by=principal.actor_id,
            created_at=clock.instant(),
        )
        transaction = Transaction()
        transaction.create(row)
        tell(transaction, actor, "drafted", row, after={"digest": digest(content)})
        transaction.commit()
        return row

    return idempotency.once(
        record=lambda: store.get(ProductRow, product_id), request_digest=request_digest, act=act
    )


def redraft(
    *, product_id: str, content: Mapping[str, Any], principal: Principal, actor: audit.Actor
) -> ProductRow:
    """Replace the draft, which is the next version once it is published.

    Raises ProductNotFound, Invalid, NotYours.
    """

    def act() -> ProductRow:
        row = find(product_id=product_id, principal=principal)
        require_sound(content, principal)
        transaction = Transaction()
        before, after = {"digest": digest(row.draft)}, {"digest": digest(content)}
        tell(transaction, actor, "drafted", row, before=before, after=after)
        change(transaction, row, draft=dict(content))
        transaction.commit()
        return load(product_id)

    return store.retry_on_conflict(act)


def digest(content: Mapping[str, Any]) -> str:
    """Return the digest of a content, as entries tell of it."""
    return ids.digest(dict(content))


def require_sound(content: Mapping[str, Any], principal: Principal) -> None:
    """Raise Invalid with what is wrong with a content, NotYours where others would bear it."""
    found = domain.faults(content)
    if found:
        raise errors.Invalid("the request is not valid", errors=found)
    for bearer in content.get("bearers") or {bearers.HEAD_OFFICE: domain.WHOLE}:
        _require_own(bearer, content, principal)


def _require_own(bearer: str, content: Mapping[str, Any], principal: Principal) -> None:
    if bearer == bearers.HEAD_OFFICE:
        principal.require_head_office()
    elif bearer.startswith(bearers.UNIT):
        if not organisation.contains(principal.unit, bearer.removeprefix(bearers.UNIT)):
            raise NotYours(f"{bearer} is no unit of yours")
    elif bearer == bearers.MERCHANT:
        _require_merchants(content, principal)


def _require_merchants(content: Mapping[str, Any], principal: Principal) -> None:
    """Merchants that bear a share are named, and kept by the caller's unit."""
    merchants = (content.get("where") or {}).get("merchants") or []
    if not merchants:
        message = "where merchants bear a share, they are named"
        raise errors.Invalid(
            "the request is not valid", errors=[{"field": "where.merchants", "message": message}]
        )
    rows = store.get_many([(AccountRow, settlement_id(each, config.home_currency)) for each in merchants])
    for merchant_id, row in zip(merchants, rows, strict=True):
        if row is None or not principal.sees(row.ownership):
            raise NotYours(f"{merchant_id} is no merchant of yours")


def find(*, product_id: str, principal: Principal) -> ProductRow:
    """Read a product that staff may see. Raises ProductNotFound."""
    row = load(product_id)
    principal.require_sees(row.ownership, missing(product_id))
    return row


def load(product_id: str) -> ProductRow:
    """Read a product, whoever asks. Raises ProductNotFound."""
    row = store.get(ProductRow, product_id)
    if row is None:
        raise missing(product_id)
    return row


def missing(product_id: str) -> ProductNotFound:
    """The error of a product that is not there."""
    return ProductNotFound(f"there is no product {product_id}")


def list_products(
    *, principal: Principal, after: str | None, limit: int
) -> tuple[list[ProductRow], str | None]:
    """Products of the caller's units, by their ids, and the place to go on after."""
    root = principal.unit if principal.kind is Kind.STAFF else organisation.HEAD_OFFICE
    units = organisation.subtree(root)
    condition = ProductRow.product_id > after if after else None
    found = [ProductRow.by_unit.query(unit, condition, page_size=limit + 1) for unit in units]
    places = heapq.merge(*((row.product_id for row in rows) for rows in found))
    return _page(places, lambda row: principal.sees(row.ownership), limit)


def list_shelf(*, after: str | None, limit: int) -> tuple[list[tuple[ProductRow, OfferRow]], str | None]:
    """Products on the shelf with what they give, by their ids, and the place to go on after."""
    condition = ProductRow.product_id > after if after else None
    found = ProductRow.on_shelf.query(SHELF, condition, page_size=limit + 1)
    rows, last = _page((row.product_id for row in found), lambda row: bool(row.shelf), limit)
    given = store.get_many([store.lately(OfferRow, row.offer_id or "") for row in rows])
    return [(row, offer) for row, offer in zip(rows, given, strict=True) if offer is not None], last


def given_by(rows: list[ProductRow]) -> list[OfferRow | None]:
    """Offers that each of these hands out, or handed out last; None of a draft."""
    return store.get_many([store.lately(OfferRow, row.offer_id or row.product_id) for row in rows])


def _page(
    places: Iterable[str], shown: Callable[[ProductRow], bool], limit: int
) -> tuple[list[ProductRow], str | None]:
    def rows(batch: list[str]) -> list[ProductRow | None]:
        found = store.get_many([(ProductRow, each) for each in batch])
        return [row if row is not None and shown(row) else None for row in found]

    return store.sift(places, rows, limit=limit, place=lambda each: each)


def change(transaction: Transaction, row: ProductRow, **facts: Any) -> None:
    """Write facts of a product, unless another change came first (Stale); None takes one off."""
    actions = [
        getattr(ProductRow, name).remove() if value is None else getattr(ProductRow, name).set(value)
        for name, value in facts.items()
    ]
    raised = ProductRow.revision.set(ProductRow.revision + 1)
    unchanged = ProductRow.revision == int(row.revision)
    transaction.update((ProductRow, row.product_id), [*actions, raised], unchanged, store.stale)


def tell(
    transaction: Transaction,
    actor: audit.Actor,
    what: str,
    row: ProductRow,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Add the audit entry of a change of a product."""
    audit.record(
        transaction,
        actor=actor,
        action=f"benefits.product_{what}",
        subject_id=row.product_id,
        ownership=row.ownership,
        before=before,
        after=after,
        reason=reason,
    )
