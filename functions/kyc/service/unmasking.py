"""A fact of a verified customer as it is, for a reason: the audit trail has it before it is shown."""

from bank import errors, store
from bank.access.principal import Ownership, Principal
from bank.control import audit
from bank.store import Transaction
from kyc import tables
from kyc.service import sealing
from kyc.service.customers import CustomerUnknown
from kyc.tables import ProfileRow


def unmask(*, principal: Principal, actor: audit.Actor, customer_id: str, field: str, reason: str) -> str:
    """The name, id number or phone that the customer was verified with.

    Raises CustomerUnknown, Conflict where there is no such fact or it was erased.
    """
    missing = CustomerUnknown(f"there is no customer {customer_id}")
    profile = store.get(ProfileRow, customer_id, tables.PROFILE)
    if profile is None:
        raise missing
    ownership = Ownership(profile.client_id, profile.unit_id, customer_id)
    principal.require_sees(ownership, missing)
    if getattr(profile, f"{field}_sealed") is None:
        raise errors.Conflict("this fact was never given, or erased", code="personal_data_erased")
    transaction = Transaction()
    audit.record(
        transaction,
        actor=actor,
        action="kyc.unmasked",
        subject_id=customer_id,
        ownership=ownership,
        after={"fields": [field]},
        reason=reason,
    )
    transaction.commit()
    return sealing.opened(profile, record=customer_id, fields=[field])[field]
