"""Rows as answers."""

from datetime import date, datetime
from typing import Any, Literal

from bank import clock, ledger, vault
from bank.access import authority, sessions
from bank.access.sessions import SessionRow
from bank.ledger import NO_LIMIT, AccountRow, WalletCustomer
from bank.privacy import exports, laws
from bank.privacy.closures import ERASED
from bank.privacy.holdings import NOT_EXPORTED
from customers import schemas
from customers.domain.notices import TEXTS, Notice
from customers.service import guard, notices, payment, people
from customers.service.devices import list_devices
from customers.service.exports import Export
from customers.service.issuance import IssuedSession
from customers.service.people import Person
from customers.tables import CustomerRow, DeviceRow, ExportRow, NoticeRow


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
        payment_tries_left=payment.tries_left(person),
        recovery_codes_left=len(credentials.recovery or ()),
    )


def _fields(row: CustomerRow) -> dict[str, Any]:
    phone = vault.mask_phone(people.phone_of(row)) if row.phone_sealed is not None else None
    return {
        "customer_id": row.customer_id,
        "status": row.status,
        "suspended_by": authority.names(row.suspended_by),
        "phone": phone,
        "nickname": row.nickname,
        "level": int(row.level),
        "client_id": row.client_id,
        "unit_id": row.unit_id,
        "registered_at": clock.parse(row.registered_at),
        "limits_lowered_until": clock.parse(guard.lowered_until(row)),
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


def notice(row: NoticeRow) -> schemas.NoticeAnswer:
    """A notice."""
    kind = Notice(row.kind)
    return schemas.NoticeAnswer(
        notice_id=row.notice_id,
        kind=kind,
        text=TEXTS[kind],
        at=clock.parse(row.at),
        device_id=row.device_id,
        device_name=row.device_name,
        phone=row.phone_masked,
    )


def export_summary(row: ExportRow) -> schemas.ExportSummary:
    """An export, without asking what of it is there."""
    return schemas.ExportSummary(
        export_id=row.export_id,
        requested_at=clock.parse(row.requested_at),
        expires_at=clock.parse(row.until),
    )


def export(found: Export, session_id: str) -> schemas.ExportAnswer:
    """An export as it is now; with addresses for the session that asked for it."""
    mine = found.row.session_id == session_id and not found.over
    ready = [
        schemas.ExportPart(room=room, status="ready", size=size, url=found.url(room) if mine else None)
        for room, size in sorted(found.parts.items())
    ]
    missing = [schemas.ExportPart(room=room, status="missing") for room in found.missing]
    return schemas.ExportAnswer(
        **dict(export_summary(found.row)),
        status=_status(found),
        parts=[] if found.over else ready + missing,
        not_included=list(NOT_EXPORTED),
    )


def _status(found: Export) -> Literal["preparing", "ready", "incomplete", "expired"]:
    if found.over:
        return "expired"
    if not found.missing:
        return "ready"
    return "incomplete" if found.late else "preparing"


def own_data(person: Person) -> exports.Part:
    """This room's part of an export: the customer's own facts as they are, not masked."""
    row = person.customer
    birthday = payment.birthday_of(person)
    profile = customer(row).model_dump(mode="json") | {
        "phone": people.phone_of(row),
        "birthday": birthday.isoformat() if birthday else None,
    }
    return {
        "profile": [profile],
        "devices": [device(each).model_dump(mode="json") for each in list_devices(row.customer_id)],
        "notices": [notice(each).model_dump(mode="json") for each in notices.all_of(row.customer_id)],
        "sessions": [session(each, "").model_dump(mode="json") for each in sessions.of(row.customer_id)],
    }


def closure_terms(closed_at: datetime) -> schemas.ClosureTerms:
    """Terms of closing at an instant: they are the law's, and the same for everybody."""
    kept = [
        schemas.Kept(what=law.keeps, law=law.source, until=law.until, last_day=law.last_day(closed_at))
        for law in laws.ALL
    ]
    return schemas.ClosureTerms(erased=list(ERASED), kept=kept)


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
