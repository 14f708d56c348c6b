"""Customers as staff and channels see them: within the data scope, masked, and unmasked for a reason."""

from dataclasses import dataclass

from bank import errors, store, vault
from bank.access.principal import Kind, Principal
from bank.control import audit
from bank.store import Transaction
from customers import tables
from customers.service import people
from customers.service.people import BANK, CustomerNotFound
from customers.tables import CLOSED, CustomerRow, PhoneRow

# Index partitions that one request reads at most: a page may come short, with a cursor to go on from.
PARTITIONS = 40


@dataclass(frozen=True)
class Page:
    """Some customers, and the place to go on from."""

    customers: list[CustomerRow]
    after: str | None


def find(*, principal: Principal, customer_id: str) -> CustomerRow:
    """A customer visible to the caller. Raises CustomerNotFound."""
    customer = store.get(CustomerRow, customer_id, tables.PROFILE)
    missing = CustomerNotFound("there is no such customer")
    if customer is None:
        raise missing
    principal.require_sees(customer.ownership, missing)
    return customer


def look_up(*, principal: Principal, phone: str, client_id: str | None) -> list[CustomerRow]:
    """Find the customer who has a phone now, of the caller's channel, or, for staff, of any.

    At most one. A channel finds its own customers alone. Who is out of sight is nobody in the audit trail
    too, which the caller may be able to read.
    """
    normal = people.normal(phone)
    people.tell_who_is_tried(normal)
    if principal.kind is Kind.CHANNEL:
        key = people.phone_key(principal, normal)
    else:
        key = f"{client_id or BANK}#{vault.fingerprint('phone', normal)}"
    row = store.get(PhoneRow, key)
    if row is None or row.customer_id is None:
        return []
    customer = store.get(CustomerRow, row.customer_id, tables.PROFILE)
    if customer is None or not people.has_number(customer, key) or not principal.sees(customer.ownership):
        return []
    people.tell_who_is_tried(normal, customer)
    return [customer]


def list_customers(*, principal: Principal, unit_id: str | None, after: str | None, limit: int) -> Page:
    """Customers of the units that a member of staff sees (or of one of them), unit by unit.

    A page may come short, even empty, and have a next one. Raises NotFound for a unit out of sight.
    """
    units = principal.units()
    if unit_id is not None:
        if unit_id not in units:
            raise errors.NotFound("there is no such unit", code="unit_not_found")
        units = [unit_id]
    shards = [shard for unit in units for shard in tables.unit_shards(unit)]
    keys, following = _keys(shards, after, limit)
    rows = store.get_many([tables.profile_key(customer_id) for customer_id in keys])
    # The index may be a moment late: what a customer's own row says counts.
    return Page([row for row in rows if row is not None and principal.sees(row.ownership)], following)


def _keys(shards: list[str], after: str | None, limit: int) -> tuple[list[str], str | None]:
    """Ids in the order of the shards, from the place `after` on ("shard|id"), and the place reached."""
    at, _, last = (after or "|").partition("|")
    # A unit that left the data scope since the page before is where nothing starts.
    start = shards.index(at) if at in shards else 0
    found: list[str] = []
    for number, shard in enumerate(shards[start : start + PARTITIONS]):
        condition = CustomerRow.customer_id > last if number == 0 and at == shard and last else None
        found += [
            row.customer_id for row in CustomerRow.by_unit.query(shard, condition, limit=limit - len(found))
        ]
        if len(found) >= limit:
            return found, f"{shard}|{found[-1]}"
    rest = shards[start + PARTITIONS :]
    return found, f"{rest[0]}|" if rest else None


def unmask(*, principal: Principal, actor: audit.Actor, customer_id: str, reason: str) -> str:
    """Unmask a customer's phone; the audit trail keeps who asked, and the reason.

    Raises CustomerNotFound, Conflict for one whose data was erased.
    """
    customer = find(principal=principal, customer_id=customer_id)
    if customer.phone_sealed is None:
        raise errors.Conflict("this customer's personal data was erased", code="personal_data_erased")
    transaction = Transaction()
    transaction.check(tables.profile_key(customer_id), CustomerRow.status != CLOSED, people.gone)
    audit.record(
        transaction,
        actor=actor,
        action="customers.unmasked",
        subject_id=customer_id,
        ownership=customer.ownership,
        after={"fields": ["phone"]},
        reason=reason,
    )
    # Shown only once the trail has it.
    transaction.commit()
    return people.phone_of(customer)
