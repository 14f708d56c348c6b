"""Claims: a customer is issued an entitlement, within the customer's own cap and the product's.

Two round trips and four write units for a product with a cap: one batch read, and one transaction that
creates the entitlement and takes it from the cap. The customer's cap is the entitlement's id, which says
which one of a cycle it is: nothing is counted. Where a customer may claim again, in another cycle or of a
later version, a row of two units more tells a request that was granted before. What each branch and each
channel may hand out is two units more each (`benefits.service.capping`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bank import clock, errors, ledger, risk, store
from bank.access.principal import Principal
from bank.benefits import domain as entitlements
from bank.benefits import offers, suppliers
from bank.benefits.suppliers import SupplierRow
from bank.benefits.tables import EntitlementRow, OfferRow
from bank.ledger import AccountRow
from bank.store import Transaction, idempotency
from benefits.domain import cycles, products
from benefits.domain.cycles import ClaimCycle
from benefits.service import capping, publishing, vouchers
from benefits.tables import ClaimRow, ProductRow


class ClaimLimit(errors.Refusal):
    """409: the customer has had as many of this cycle as there are for one."""

    code, title = "claim_limit_reached", "Claim limit reached"


class NotTheCustomers(errors.Unprocessable):
    """422: the account is no wallet of the customer who is named."""

    code, title = "not_the_customers", "Not the customer's wallet"


@dataclass(frozen=True)
class Claim:
    """A claim to make for a customer, whose wallet the account is."""

    principal: Principal
    claim_id: str
    request_digest: str
    product_id: str
    customer_id: str
    account_id: str
    request_context: risk.RequestContext

    @property
    def asks(self) -> list[str]:
        """Return what makes it the same claim when it comes again."""
        return [self.claim_id, self.request_digest]


@dataclass(frozen=True)
class _Found:
    """Rows that a claim is decided on. `free`: the id of the first entitlement that is not issued yet."""

    owner: AccountRow
    assessment: risk.Assessment
    free: str
    of_caps: capping.Read


def claim(*, claim: Claim) -> tuple[EntitlementRow, bool]:
    """Issue an entitlement once; its row, and whether this was a replay.

    Raises ProductNotFound, NotOnShelf, AccountNotFound, CurrencyMismatch, NotTheCustomers, ClaimLimit,
    SoldOut, NotSupplied, RiskDeclined, ChallengeRequired, Forbidden, KeyReused, SessionEnded.
    """

    unit_id = ""

    def act() -> EntitlementRow:
        nonlocal unit_id
        product, offer_row = publishing.last_version(claim.product_id)
        offer = offer_row.to_domain()
        risk_check = _risk_check(claim, offer)
        found = _read(claim, product, offer_row, offer, risk_check, unit_id)
        # An attempt that follows reads the cap of the branch with all else.
        unit_id = found.owner.unit_id
        return _issue(claim, offer_row, offer, risk_check, found)

    try:
        return store.retry_on_conflict(act), False
    except store.AlreadyExists as existing:
        row: EntitlementRow = existing.row
        if row.claim != claim.asks:
            raise idempotency.KeyReused("this Idempotency-Key was used with another body") from None
        return row, True


def _risk_check(claim: Claim, offer: offers.Offer) -> risk.RiskCheck:
    movement = risk.Movement.of(
        "benefit",
        claim.request_context,
        account_id=claim.account_id,
        amount=products.worth(offer),
        currency=offer.currency,
        client_id=claim.principal.client_id,
    )
    return risk.RiskCheck(movement, claim.claim_id, claim.principal, claim.request_context.token)


def _read(
    claim: Claim,
    product: ProductRow,
    offer_row: OfferRow,
    offer: offers.Offer,
    risk_check: risk.RiskCheck,
    unit_id: str,
) -> _Found:
    """Read it all in one batch. Raises AlreadyExists where this claim was here before."""
    ids_ = _ids(claim, offer_row)
    limits = capping.limits(offer_row, client_id=claim.principal.client_id, unit_id=unit_id)
    cap_keys = capping.keys(limits, claim.customer_id)
    parts: list[list[store.Key]] = [
        [(AccountRow, claim.account_id)],
        [(EntitlementRow, each) for each in ids_],
        [(EntitlementRow, each) for each in _of_first(claim, offer_row)],
        [(ClaimRow, claim.claim_id)] if _recurs(offer_row) else [],
        [store.lately(SupplierRow, offer.supplier_id)] if offer.supplier_id else [],
        risk_check.keys(),
        *cap_keys.values(),
    ]
    rows = iter(store.get_many([key for part in parts for key in part]))
    (owner,), issued, of_first, before, supplier, of_risk, *of_caps = (
        [next(rows) for _ in part] for part in parts
    )
    risk_check.admit(of_risk)
    _require_first(claim, [*issued, *of_first], before)
    publishing.require_handed_out(product)
    owner = ledger.accounts.named(claim.account_id, owner, principal=claim.principal, currency=offer.currency)
    account = owner.to_domain()
    if risk.customer_of(account) != claim.customer_id:
        raise NotTheCustomers(f"account {claim.account_id} is no wallet of {claim.customer_id}")
    if offer.supplier_id and (refusal := suppliers.refusal(supplier[0], on=clock.business_date())):
        raise refusal
    free = next((each for each, row in zip(ids_, issued, strict=True) if row is None), None)
    if free is None:
        raise ClaimLimit(f"{claim.customer_id} has had {len(ids_)} of product {claim.product_id}")
    assessment = risk_check.assess(of_risk, account, unit_id=owner.unit_id)
    return _Found(owner, assessment, free, dict(zip(cap_keys, of_caps, strict=True)))


def _recurs(offer_row: OfferRow) -> bool:
    """Return whether a customer may have claimed before: in another cycle, or of an earlier version."""
    return bool(offer_row.content["cycle"] != ClaimCycle.EVER) or not _is_first(offer_row)


def _is_first(offer_row: OfferRow) -> bool:
    return bool(offer_row.offer_id == offers.offer_id(offer_row.product_id, 1))


def _of_first(claim: Claim, offer_row: OfferRow) -> list[str]:
    """The ids of what a customer can have of the first version, whose claims may have no row of their own."""
    if _is_first(offer_row):
        return []
    first = offers.offer_id(offer_row.product_id, 1)
    numbers = range(cycles.MAX_PER_CUSTOMER)
    return [
        offers.entitlement_id(first, claim.customer_id, ClaimCycle.EVER.value, str(each)) for each in numbers
    ]


def _require_first(
    claim: Claim, issued: Sequence[EntitlementRow | None], before: Sequence[ClaimRow | None]
) -> None:
    """Raise AlreadyExists with what this claim was granted, where it was, whenever that was."""
    found = [*issued, *(store.get(EntitlementRow, each.entitlement_id) for each in before if each)]
    for row in found:
        if row is not None and row.claim[0] == claim.claim_id:
            raise store.AlreadyExists(row=row)


def _ids(claim: Claim, offer_row: OfferRow) -> list[str]:
    """The ids of the entitlements that a customer can have of the running cycle."""
    cycle = cycles.name_of(ClaimCycle(offer_row.content["cycle"]), clock.business_date())
    numbers = range(offer_row.content["per_customer"])
    return [
        offers.entitlement_id(offer_row.offer_id, claim.customer_id, cycle, str(each)) for each in numbers
    ]


def _issue(
    claim: Claim, offer_row: OfferRow, offer: offers.Offer, risk_check: risk.RiskCheck, found: _Found
) -> EntitlementRow:
    if found.assessment.held:
        # Nothing of the customer's could be held meanwhile: what a person would have to look at is declined.
        raise risk.RiskDeclined("this was declined")
    token = risk_check.clear(found.assessment, found.owner.to_domain(), found.owner)
    moment = clock.now()
    now = clock.instant(moment)
    valid_from, valid_to = cycles.valid_between(offer_row.content["validity"], now)
    if valid_to <= now:
        raise products.NotOnShelf(f"the time of product {claim.product_id} is over")
    transaction = Transaction()
    risk_check.spend(transaction, token)
    taken = capping.take(
        transaction,
        capping.limits(offer_row, client_id=claim.principal.client_id, unit_id=found.owner.unit_id),
        found.of_caps,
        amount=products.worth(offer),
        at=moment,
        by=claim.customer_id,
    )
    voucher_key = vouchers.take(transaction, offer, found.free)
    row = EntitlementRow(
        entitlement_id=found.free,
        customer_id=claim.customer_id,
        account_id=claim.account_id,
        status=entitlements.Status.ISSUED.value,
        uses_left=offer.uses,
        valid_from=valid_from,
        valid_to=valid_to,
        issued_at=now,
        client_id=found.owner.client_id,
        unit_id=found.owner.unit_id,
        taken=[each.pack() for each in taken] or None,
        last={"what": "issued"},
        claim=claim.asks,
        voucher_key=voucher_key,
        device_id=risk_check.movement.device_id or None,
        risk=found.assessment.verdict.pack(),
    )
    # Another claim of the same customer was first: the next one that is free, or none.
    transaction.create(row, store.stale)
    if _recurs(offer_row):
        transaction.create(ClaimRow(claim_id=claim.claim_id, entitlement_id=found.free), store.stale)
    transaction.commit()
    return row
