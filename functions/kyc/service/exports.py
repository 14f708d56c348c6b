"""A customer's identity as the bank knows it, for an export of their own data."""

from dataclasses import dataclass

from bank import store
from kyc import tables
from kyc.service import sealing
from kyc.tables import CardRow, ProfileRow, VerificationRow


@dataclass(frozen=True)
class Held:
    """Rows that are held of a customer, and the facts of the profile, opened."""

    profile: ProfileRow | None
    facts: dict[str, str]
    verifications: list[VerificationRow]
    cards: list[CardRow]


def gather(customer_id: str) -> Held:
    """All that this room holds of a customer. Opens name, id number and phone.

    Nothing of one who has left meanwhile: what is kept of them is for no copy any more.
    """
    profile = store.get(ProfileRow, customer_id, tables.PROFILE)
    if profile and profile.closed_at:
        return Held(None, {}, [], [])
    facts = sealing.opened(profile, record=customer_id) if profile else {}
    made = [tables.verification_key(each.subject) for each in VerificationRow.by_customer.query(customer_id)]
    verifications = [row for row in store.get_many(made) if row is not None]
    cards = [row for row in store.query(CardRow, customer_id) if row.number_sealed]
    return Held(profile, facts, verifications, cards)
