"""Rows as answers."""

from datetime import date
from typing import Any

from bank import clock, ledger, vault
from bank.access import authority
from bank.access.sessions import SessionRow
from bank.ledger import NO_LIMIT, AccountRow, WalletCustomer
from customers import schemas
from customers.service import people
from customers.service.issuance import IssuedSession
from customers.service.people import Person
from customers.tables import CustomerRow, DeviceRow


def customer(row: CustomerRow) -> schemas.CustomerAnswer:
    """A customer, masked."""
    return schemas.CustomerAnswer(**_fields(row))


def me(person: Person) -> schemas.MeAnswer:
    """The customer who calls."""
    credentials = person.credentials
    return schemas.MeAnswer(
        **_fields(person.customer),
        has_password=credentials.password_hash is not None,
        has_payment_password=credentials.payment_hash is not None,
        has_totp=credentials.totp_sealed is not None,
        payment_tries_left=int(credentials.payment_tries_left),
        recovery_codes_left=len(credentials.recovery or ()),
    )


def _fields(row: CustomerRow) -> dict[str, Any]:
    phone = vault.mask_phone(people.phone_of(row)) if row.phone_sealed is not None else None
    return {
        "customer_id": row.customer_id,
        "status": row.status,
        "phone": phone,
        "nickname": row.nickname,
        "level": int(row.level),
        "client_id": row.client_id,
        "unit_id": row.unit_id,
        "registered_at": clock.parse(row.registered_at),
        "closed_at": clock.parse(row.closed_at),
        "kept_until": date.fromisoformat(row.kept_until) if row.kept_until else None,
    }


def issued_session(found: IssuedSession) -> schemas.EnteredAnswer:
    """Somebody who is in."""
    return schemas.EnteredAnswer(**vars(found))


def session(row: SessionRow, current: str) -> schemas.SessionAnswer:
    """A session."""
    return schemas.SessionAnswer(
        session_id=row.session_id,
        client_id=row.client_id,
        device_id=row.device_id,
        created_at=clock.parse(row.created_at),
        expires_at=clock.parse(min(row.expires_at, row.idle_until)),
        current=row.session_id == current,
    )


def device(row: DeviceRow) -> schemas.DeviceAnswer:
    """A device."""
    return schemas.DeviceAnswer(
        device_id=row.device_id,
        name=row.name,
        client_id=row.client_id,
        bound_at=clock.parse(row.bound_at),
        seen_at=clock.parse(row.seen_at),
    )


def wallet(row: AccountRow) -> schemas.WalletAnswer:
    """A wallet."""
    account, holder = row.to_domain(), WalletCustomer.of(row.metadata)
    this_year = clock.business_date().isoformat()[:4]
    left = account.year_left if account.year == this_year else account.limits.per_year
    limited = account.limits.per_year < NO_LIMIT
    lowered = ledger.lowering.now(account)
    return schemas.WalletAnswer(
        account_id=account.account_id,
        currency=account.currency,
        status=account.status,
        frozen_by=authority.names(row.frozen_by),
        balance=account.balance,
        available=account.available,
        free_limit=holder.free_limit if holder else 0,
        per_year=account.limits.per_year if limited else None,
        per_year_left=max(0, left) if limited else None,
        lowered_until=lowered.ends_at if lowered else None,
        lowered_per_day=lowered.per_day if lowered else None,
    )
