"""The tables of offers and entitlements. Access patterns and costs: functions/benefits/README.md."""

from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action

from bank import errors, ids
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Ownership
from bank.benefits import offers
from bank.benefits.domain import ENDED, Entitlement, Status
from bank.store import Table, Transaction, WitnessJSON, stale, table_name


class OfferRow(Table):
    """A version of a product as it was approved: written once, never changed or deleted."""

    class Meta:
        table_name = table_name("benefit-offers")

    offer_id = UnicodeAttribute(hash_key=True)
    product_id = UnicodeAttribute()
    unit_id = UnicodeAttribute(default=HEAD_OFFICE)
    content: JSONAttribute = WitnessJSON()
    digest = UnicodeAttribute()
    approved_at = UnicodeAttribute()

    @classmethod
    def of(cls, offer_id: str, content: Mapping[str, Any], **facts: Any) -> "OfferRow":
        """The row of an offer, with the digest that shows whether a byte of it was altered."""
        return cls(offer_id=offer_id, content=dict(content), digest=digest_of(offer_id, content), **facts)

    def to_domain(self) -> offers.Offer:
        """The offer, read once in a process. Raises errors.Altered where it is not what was approved."""
        return _offer(self)


# Offers never change: each digest is read once.
_known: dict[tuple[str, str], offers.Offer] = {}
_KEPT = 512


def _offer(row: OfferRow) -> offers.Offer:
    if digest_of(row.offer_id, row.content) != row.digest:
        raise errors.Altered(f"offer {row.offer_id} is not what was approved")
    at = (row.offer_id, row.digest)
    if at not in _known:
        if len(_known) >= _KEPT:
            _known.pop(next(iter(_known)))
        _known[at] = offers.Offer.of(row.offer_id, row.content)
    return _known[at]


def digest_of(offer_id: str, content: Mapping[str, Any]) -> str:
    """Return the digest of an offer: what its approval is of."""
    return ids.digest({"offer_id": offer_id, "content": content})


class EntitlementRow(Table):
    """An entitlement of a customer. No index: what lists and expiry need is written from the table's stream.

    `last`: the change that it went through last, as its event tells of it. `taken`: what it has of its
    product's caps (`bank.caps.unpack`), until that is given back.
    """

    class Meta:
        table_name = table_name("entitlements")

    entitlement_id = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute(attr_name="cid")
    # The wallet by which the customer was known, in the benefit's currency.
    account_id = UnicodeAttribute(attr_name="ac")
    status = UnicodeAttribute(attr_name="st")
    uses_left = NumberAttribute(attr_name="u")
    spent = NumberAttribute(attr_name="s", default=0)
    valid_from = UnicodeAttribute(attr_name="vf")
    valid_to = UnicodeAttribute(attr_name="vt")
    reserved_for = UnicodeAttribute(attr_name="rf", default="")
    reserved_until = UnicodeAttribute(attr_name="ru", default="")
    issued_at = UnicodeAttribute(attr_name="at")
    client_id = UnicodeAttribute(attr_name="cl", default="")
    unit_id = UnicodeAttribute(attr_name="un", default=HEAD_OFFICE)
    # Raised by each change, which is made on the condition of what was read.
    revision = NumberAttribute(attr_name="rv", default=1)
    taken: JSONAttribute = JSONAttribute(attr_name="tk", null=True)
    last: JSONAttribute = JSONAttribute(attr_name="lt")
    # The digest of the code by which it can be redeemed now: the last one that its customer asked for.
    code_digest = UnicodeAttribute(attr_name="cd", null=True)
    # Of a voucher code: the key of the code that it carries.
    voucher_key = UnicodeAttribute(attr_name="vk", null=True)
    # Whom it was given by, as a gift: the entitlement that was theirs.
    given_from = UnicodeAttribute(attr_name="gf", null=True)
    # The claim that issued it: its id and the digest of its request.
    claim: JSONAttribute = JSONAttribute(attr_name="cm", null=True)
    # The device that it was claimed from, if that was said.
    device_id = UnicodeAttribute(attr_name="dev", null=True)
    # The verdict on its claim and its input (bank.risk.Verdict.pack).
    risk = UnicodeAttribute(attr_name="rsk", null=True)

    @property
    def offer_id(self) -> str:
        """The offer that it is to."""
        return offers.offer_of(self.entitlement_id)

    @property
    def ownership(self) -> Ownership:
        """Channel and unit that issued it, and whose it is, for data scopes."""
        return Ownership(self.client_id, self.unit_id, self.customer_id)

    @property
    def has_ended(self) -> bool:
        """Return whether it can never be used any more, but for what a refund gives back."""
        return Status(self.status) in ENDED

    def to_domain(self) -> Entitlement:
        """The entitlement as the rules see it."""
        return Entitlement(
            entitlement_id=self.entitlement_id,
            customer_id=self.customer_id,
            status=Status(self.status),
            uses_left=int(self.uses_left),
            valid_from=self.valid_from,
            valid_to=self.valid_to,
            spent=int(self.spent),
            reserved_for=self.reserved_for,
            reserved_until=self.reserved_until,
        )


class EntitlementIndexRow(Table):
    """Index row of an entitlement, written by its table's stream, in the order of their ends.

    `wallet#<account>` holds those that were issued to a wallet's customer by it, each with its kind and
    whether it has ended, `ends#<shard>` those that the expiry has not come to.
    """

    class Meta:
        table_name = table_name("entitlement-index")

    index_key = UnicodeAttribute(hash_key=True)
    sort_key = UnicodeAttribute(range_key=True)
    ended = BooleanAttribute(default=False)
    kind = UnicodeAttribute(default=offers.Kind.COUPON.value)

    @property
    def entitlement_id(self) -> str:
        """The entitlement that it leads to."""
        return str(self.sort_key).rpartition("#")[2]


def of_wallet(account_id: str) -> str:
    """The index partition of what was issued by a wallet."""
    return f"wallet#{account_id}"


def order_reference(merchant_id: str, order_no: str) -> str:
    """Return the reference by which an order reserves an entitlement."""
    return f"{merchant_id}#{order_no}"


def change(
    transaction: Transaction,
    row: EntitlementRow,
    after: Entitlement,
    last: Mapping[str, Any],
    *also: Action,
) -> None:
    """Write an entitlement as it is after a change, unless another change came first (Stale)."""
    transaction.update(
        (EntitlementRow, row.entitlement_id),
        [
            EntitlementRow.status.set(after.status.value),
            EntitlementRow.uses_left.set(after.uses_left),
            EntitlementRow.spent.set(after.spent),
            EntitlementRow.reserved_for.set(after.reserved_for),
            EntitlementRow.reserved_until.set(after.reserved_until),
            EntitlementRow.revision.set(EntitlementRow.revision + 1),
            EntitlementRow.last.set(dict(last)),
            *also,
        ],
        EntitlementRow.revision == int(row.revision),
        stale,
    )
