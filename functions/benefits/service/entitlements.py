"""Entitlements as they are read, reserved for an order, revoked and given away."""

from collections.abc import Callable
from datetime import timedelta

from bank import clock, errors, ledger, risk, store
from bank.access.principal import Principal
from bank.benefits import offers, tables
from bank.benefits.domain import Entitlement, Status
from bank.benefits.reasons import EntitlementNotFound
from bank.benefits.tables import EntitlementIndexRow, EntitlementRow, OfferRow, of_wallet
from bank.control import audit
from bank.ledger import AccountRow
from bank.store import Transaction
from bank.store.idempotency import KeyReused

# The longest time for which a cart keeps an entitlement.
MAX_RESERVATION = timedelta(minutes=30)
Changed = Callable[[EntitlementRow, str], Entitlement]


class NotGiftable(errors.Refusal):
    """409: it was not issued to be given away, or some of it has been used."""

    code, title = "not_giftable", "Not giftable"


def find(*, entitlement_id: str, principal: Principal) -> EntitlementRow:
    """Read an entitlement that the caller may see. Raises EntitlementNotFound."""
    return _visible(entitlement_id, store.get(EntitlementRow, entitlement_id), principal)


def _visible(entitlement_id: str, row: EntitlementRow | None, principal: Principal) -> EntitlementRow:
    missing = EntitlementNotFound(f"there is no entitlement {entitlement_id}")
    if row is None:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def list_entitlements(
    *, account_id: str, ended: bool, principal: Principal, after: str | None, limit: int
) -> tuple[list[EntitlementRow], str | None]:
    """Entitlements of a wallet that can be used, or the others, by their end; the place to go on after."""

    def shown(batch: list[EntitlementIndexRow]) -> list[EntitlementRow | None]:
        rows = store.get_many([(EntitlementRow, each.entitlement_id) for each in batch])
        return [
            row if row is not None and row.has_ended is ended and principal.sees(row.ownership) else None
            for row in rows
        ]

    condition = EntitlementIndexRow.sort_key > after if after else None
    found = store.query(EntitlementIndexRow, of_wallet(account_id), condition, consistent=False)
    return store.sift(found, shown, limit=limit, place=lambda each: str(each.sort_key))


def all_of(customer_id: str) -> list[EntitlementRow]:
    """All that a customer ever had, wallet by wallet."""
    found = [
        each
        for account in ledger.accounts.all_of(customer_id)
        for each in store.query(EntitlementIndexRow, of_wallet(account.account_id))
    ]
    rows = store.get_many([(EntitlementRow, each.entitlement_id) for each in found])
    return [row for row in rows if row is not None]


def offers_of(rows: list[EntitlementRow]) -> list[OfferRow]:
    """Offers that each of these is to. One round trip, but for what this process has read lately."""
    found: list[OfferRow] = store.get_many([store.lately(OfferRow, row.offer_id) for row in rows])
    return found


def reserve(
    *, entitlement_id: str, principal: Principal, merchant_id: str, order_no: str, minutes: int
) -> EntitlementRow:
    """Keep it for an order for some minutes: no other order can use it until then. The same order may again.

    Raises EntitlementNotFound, EntitlementNotUsable.
    """
    reference = tables.order_reference(merchant_id, order_no)

    def changed(row: EntitlementRow, now: str) -> Entitlement:
        until = clock.instant(clock.parse(now) + min(timedelta(minutes=minutes), MAX_RESERVATION))
        return row.to_domain().reserved(now, reference, min(until, row.valid_to))

    return _change(entitlement_id, principal, "reserved", changed)


def release(*, entitlement_id: str, principal: Principal, merchant_id: str, order_no: str) -> EntitlementRow:
    """Give an order's reservation back; one that has ended, or was taken over, changes nothing.

    Raises EntitlementNotFound.
    """
    reference = tables.order_reference(merchant_id, order_no)

    def changed(row: EntitlementRow, now: str) -> Entitlement:
        if row.status != Status.RESERVED.value or row.reserved_for != reference:
            return row.to_domain()
        return row.to_domain().released(now, reference)

    return _change(entitlement_id, principal, "released", changed)


def revoke(*, entitlement_id: str, principal: Principal, actor: audit.Actor, reason: str) -> EntitlementRow:
    """Take it back from its customer. Raises EntitlementNotFound, EntitlementNotUsable."""

    def told(transaction: Transaction, row: EntitlementRow) -> None:
        audit.record(
            transaction,
            actor=actor,
            action="benefits.entitlement_revoked",
            subject_id=entitlement_id,
            ownership=row.ownership,
            before={"status": row.status, "uses_left": int(row.uses_left)},
            after={"status": Status.REVOKED.value},
            reason=reason,
        )

    return _change(entitlement_id, principal, "revoked", lambda row, now: row.to_domain().revoked(now), told)


def give(*, entitlement_id: str, principal: Principal, account_id: str, gift_id: str) -> EntitlementRow:
    """Give it to the customer of a wallet, who has an entitlement of the same terms and time then; that one.

    Raises EntitlementNotFound, AccountNotFound, AccountKind, CurrencyMismatch, EntitlementNotUsable,
    NotGiftable.
    """

    def act() -> EntitlementRow:
        offer_id = offers.offer_of(entitlement_id)
        given_id = offers.entitlement_id(offer_id, gift_id)
        row, offer, given, account = store.get_many(
            [
                (EntitlementRow, entitlement_id),
                store.lately(OfferRow, offer_id),
                (EntitlementRow, given_id),
                (AccountRow, account_id),
            ]
        )
        row = _visible(entitlement_id, row, principal)
        if given is not None:
            return _require_same_gift(given, account_id)
        return _give(row, offer, given_id, account_id, account)

    return store.retry_on_conflict(act)


def _require_same_gift(given: EntitlementRow, account_id: str) -> EntitlementRow:
    if given.account_id != account_id:
        raise KeyReused("this Idempotency-Key was used with another body")
    return given


def _give(
    row: EntitlementRow, offer: OfferRow, given_id: str, account_id: str, account: AccountRow | None
) -> EntitlementRow:
    if not offer.content.get("giftable"):
        raise NotGiftable(f"entitlement {row.entitlement_id} is not to be given away")
    before = row.to_domain()
    if before.uses_left < offer.to_domain().uses or before.spent:
        # What it has spent of its product's budget is told by its own row.
        raise NotGiftable(f"entitlement {row.entitlement_id} has been used")
    now = clock.instant()
    currency = offer.content["currency"]
    owner = ledger.accounts.named(account_id, account, principal=None, currency=currency)
    customer_id = risk.customer_of(owner.to_domain())
    if customer_id is None or customer_id == row.customer_id:
        raise ledger.AccountKind(f"account {account_id} is no wallet of another customer")
    given = EntitlementRow(
        entitlement_id=given_id,
        customer_id=customer_id,
        account_id=account_id,
        status=Status.ISSUED.value,
        uses_left=before.uses_left,
        valid_from=before.valid_from,
        valid_to=before.valid_to,
        issued_at=now,
        client_id=owner.client_id,
        unit_id=owner.unit_id,
        taken=row.taken,
        last={"what": "received", "from": row.entitlement_id, "to": account_id},
        given_from=row.entitlement_id,
    )
    transaction = Transaction()
    transaction.create(given, store.stale)
    last = {"what": "given_away", "to": given_id}
    tables.change(transaction, row, before.given_away(now), last, EntitlementRow.taken.remove())
    transaction.commit()
    return given


def _change(
    entitlement_id: str,
    principal: Principal,
    what: str,
    changed: Changed,
    told: Callable[[Transaction, EntitlementRow], None] | None = None,
) -> EntitlementRow:
    """Write what `changed` gives, once; the entitlement as it is then."""

    def act() -> EntitlementRow:
        row = find(entitlement_id=entitlement_id, principal=principal)
        after = changed(row, clock.instant())
        if after == row.to_domain():
            return row
        transaction = Transaction()
        tables.change(transaction, row, after, {"what": what})
        if told:
            told(transaction, row)
        transaction.commit()
        return find(entitlement_id=entitlement_id, principal=principal)

    return store.retry_on_conflict(act)
