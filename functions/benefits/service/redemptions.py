"""Redemption by code: one use, at the merchant where its customer shows it.

Three round trips and a call of KMS: what the code leads to is read after it. That it is used once is the
condition on the entitlement's row, whose code it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from bank import clock, errors, risk, store
from bank.access.principal import Principal
from bank.benefits import offers, suppliers, tables
from bank.benefits.offers import Offer
from bank.benefits.reasons import EntitlementNotUsable, Unusable
from bank.benefits.tables import EntitlementRow, OfferRow
from bank.benefits.where import Use
from bank.config import config
from bank.ledger import AccountRow, MerchantTerms, WalletCustomer
from bank.ledger.payees import settlement_id
from bank.store import AlreadyExists, Transaction, idempotency
from benefits.domain import products
from benefits.service import codes
from benefits.service.quotes import MerchantNotFound
from benefits.tables import RedemptionCodeRow, RedemptionRow

ACTIVE = "active"


class MerchantNotActive(errors.Refusal):
    """409: the merchant is suspended or closed."""

    code, title = "merchant_not_active", "Merchant not active"


class RedemptionNotFound(errors.NotFound):
    """404: no such redemption, or not the caller's to see."""

    code, title = "redemption_not_found", "No such redemption"


@dataclass(frozen=True)
class Redemption:
    """A redemption to make: the code that a customer showed, and where."""

    principal: Principal
    redemption_id: str
    request_digest: str
    code: str
    merchant_id: str
    store_id: str | None
    terminal_id: str | None


@dataclass(frozen=True)
class _Found:
    """Rows that a code leads to, and the verdict on its use."""

    row: EntitlementRow
    offer: Offer
    owner: AccountRow
    shop: AccountRow
    verdict: risk.Verdict

    def unusable(self, use: Use) -> Unusable | None:
        """Return the reason for which it is not for this use, or None."""
        reason = self.row.to_domain().unusable(use.at)
        if reason:
            return reason
        supplier = suppliers.lately({self.offer.supplier_id} - {""}).get(self.offer.supplier_id)
        if supplier and suppliers.has_left(supplier, on=clock.business_date()):
            return Unusable.SUPPLIER_LEFT
        return self.offer.where.refusal(use)

    def use(self, of: Redemption) -> Use:
        """Return this use, as the terms judge it: no order is paid, so that its amount is none."""
        terms, customer = MerchantTerms.of(self.shop.metadata), WalletCustomer.of(self.owner.metadata)
        return Use(
            customer_id=self.row.customer_id,
            merchant_id=of.merchant_id,
            merchant_unit=self.shop.unit_id,
            merchant_category=terms.category if terms else "",
            client_id=of.principal.client_id,
            amount=0,
            currency=self.offer.currency,
            at=clock.instant(),
            level=customer.level if customer else 0,
        )


def redeem(*, redemption: Redemption) -> tuple[RedemptionRow, bool]:
    """Redeem one use of what the code is for, once; the record, and whether this was a replay.

    Raises MerchantNotFound, MerchantNotActive, CodeUnknown, TooManyWrongCodes, EntitlementNotUsable,
    RiskDeclined, KeyReused.
    """

    def act() -> RedemptionRow:
        shop, code = _read(redemption)
        found = _led_to(redemption, shop, code)
        use = found.use(redemption)
        reason = found.unusable(use)
        if reason:
            raise EntitlementNotUsable.because(found.row.entitlement_id, reason)
        if found.verdict.outcome is not risk.Outcome.APPROVE:
            # The customer is at the till: nobody could confirm it or look at it meanwhile.
            raise risk.RiskDeclined("this was declined")
        return _write(redemption, found, use.at)

    return idempotency.once(
        record=lambda: store.get(RedemptionRow, redemption.redemption_id),
        request_digest=redemption.request_digest,
        act=act,
    )


def _read(wanted: Redemption) -> tuple[AccountRow, RedemptionCodeRow]:
    """The merchant, and the code as it is known.

    Raises AlreadyExists, MerchantNotFound, MerchantNotActive, TooManyWrongCodes, CodeUnknown.
    """
    keys: list[store.Key] = [
        (RedemptionRow, wanted.redemption_id),
        (RedemptionCodeRow, codes.digest(wanted.code)),
        codes.wrong_key(wanted.merchant_id),
        store.lately(AccountRow, settlement_id(wanted.merchant_id, config.home_currency)),
    ]
    before, code, wrong, shop = store.get_many(keys)
    if before is not None:
        raise AlreadyExists(row=before)
    missing = MerchantNotFound(f"there is no merchant {wanted.merchant_id}")
    terms = MerchantTerms.of(shop.metadata) if shop else None
    if shop is None or terms is None:
        raise missing
    wanted.principal.require_sees(shop.ownership, missing)
    if terms.status != ACTIVE:
        raise MerchantNotActive(f"merchant {wanted.merchant_id} is {terms.status}")
    codes.require_heard(wrong)
    if code is None:
        raise _unknown(wanted)
    return shop, code


def _led_to(wanted: Redemption, shop: AccountRow, code: RedemptionCodeRow) -> _Found:
    """Read what the code leads to, and judge its use. Raises CodeUnknown, TooManyWrongCodes."""
    offer = _offer_of(code.entitlement_id).to_domain()
    # It comes from the customer's device, and not from the till that has scanned it.
    movement = risk.Movement.of(
        "benefit",
        risk.RequestContext(device_id=code.device_id),
        account_id=code.account_id,
        amount=offer.cost,
        currency=offer.currency,
        client_id=wanted.principal.client_id,
        payee=wanted.merchant_id,
        merchant_id=wanted.merchant_id,
    )
    check = risk.RiskCheck(movement, wanted.redemption_id, wanted.principal)
    row, owner, *of_risk = store.get_many(
        [(EntitlementRow, code.entitlement_id), (AccountRow, code.account_id), *check.keys()]
    )
    if not codes.counts(code, row):
        raise _unknown(wanted)
    assessment = check.assess(of_risk, owner.to_domain(), shop.to_domain(), unit_id=owner.unit_id)
    return _Found(row, offer, owner, shop, assessment.verdict)


def _unknown(wanted: Redemption) -> codes.CodeUnknown:
    """The refusal of a code that does not count, which is counted. Raises TooManyWrongCodes."""
    codes.count_wrong(wanted.merchant_id)
    return codes.CodeUnknown("no such code counts now: have the customer ask for a new one")


def _write(wanted: Redemption, found: _Found, now: str) -> RedemptionRow:
    cost = products.per_use(found.offer) or 0
    after = found.row.to_domain().redeemed(now, wanted.redemption_id, cost)
    row = RedemptionRow(
        redemption_id=wanted.redemption_id,
        request_digest=wanted.request_digest,
        entitlement_id=found.row.entitlement_id,
        account_id=found.row.account_id,
        merchant_id=wanted.merchant_id,
        store_id=wanted.store_id,
        terminal_id=wanted.terminal_id,
        client_id=wanted.principal.client_id,
        unit_id=found.shop.unit_id,
        uses_left=after.uses_left,
        cost=cost,
        redeemed_at=now,
        risk=found.verdict.pack(),
    )
    last = {"what": "redeemed", "by": wanted.redemption_id, "merchant": wanted.merchant_id}
    transaction = Transaction()
    transaction.create(row)
    tables.change(transaction, found.row, after, last, EntitlementRow.code_digest.remove())
    transaction.commit()
    return row


def find(*, redemption_id: str, principal: Principal) -> RedemptionRow:
    """Read a redemption that the caller may see. Raises RedemptionNotFound."""
    row = store.get(RedemptionRow, redemption_id)
    missing = RedemptionNotFound(f"there is no redemption {redemption_id}")
    if row is None:
        raise missing
    principal.require_sees(row.ownership, missing)
    return row


def offer_of(row: RedemptionRow) -> OfferRow:
    """The offer that it was a use of."""
    return _offer_of(row.entitlement_id)


def _offer_of(entitlement_id: str) -> OfferRow:
    offer: OfferRow
    (offer,) = store.get_many([store.lately(OfferRow, offers.offer_of(entitlement_id))])
    return offer


def all_of(account_ids: Sequence[str]) -> list[RedemptionRow]:
    """All that was ever redeemed of what these wallets were issued."""
    found = [each.redemption_id for one in account_ids for each in RedemptionRow.by_account.query(one)]
    rows = store.get_many([(RedemptionRow, each) for each in found])
    return [row for row in rows if row is not None]
