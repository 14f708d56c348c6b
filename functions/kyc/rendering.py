"""Rows as answers."""

from bank import clock, vault
from bank.access.principal import Kind
from bank.http import Call
from bank.privacy import exports
from kyc import schemas
from kyc.domain.cards import Kind as CardKind
from kyc.domain.facts import Status
from kyc.service.exports import Held
from kyc.tables import CardRow, VerificationRow


def verification(call: Call, row: VerificationRow) -> schemas.CustomerVerification:
    """A verification; which fields did not match is for the bank alone."""
    principal = call.principal
    of_the_bank = principal.kind is Kind.STAFF or principal.bank_wide
    return _shown(row, row.mismatched if of_the_bank else None)


def _shown(row: VerificationRow, mismatched: list[str] | None) -> schemas.CustomerVerification:
    return schemas.CustomerVerification(
        verification_id=row.verification_id,
        customer_id=row.customer_id,
        status=Status(row.status),
        reason=row.reason,
        factors=row.factors,
        name=row.name_masked,
        id_number=row.id_number_masked,
        phone=row.phone_masked,
        card_id=row.card_id,
        card=row.card_masked,
        channels=row.channels,
        mismatched=mismatched,
        level=int(row.level) if row.level is not None else None,
        created_at=clock.parse(row.created_at),
        concluded_at=clock.parse(row.concluded_at),
    )


def verifications(call: Call, rows: list[VerificationRow], last: str | None) -> schemas.CustomerVerifications:
    """A page of verifications."""
    return schemas.CustomerVerifications(
        items=[verification(call, row) for row in rows],
        next_cursor=last,
    )


def own_data(held: Held) -> exports.Part:
    """This room's part of an export: facts as they were verified; cards masked, which no list shows whole."""
    profile = held.profile
    identity = profile and {
        **held.facts,
        "level": int(profile.level),
        "document_expires_on": profile.document_expires_on,
        "verified_at": profile.verified_at,
    }
    return {
        "identity": [identity] if identity else [],
        "verifications": [_shown(row, None).model_dump(mode="json") for row in held.verifications],
        "cards": [card(row).model_dump(mode="json") for row in held.cards],
    }


def card(row: CardRow) -> schemas.CardAnswer:
    """A card of the vault, masked."""
    return schemas.CardAnswer(
        card_id=row.card_id,
        bank=row.bank,
        kind=CardKind(row.kind),
        card=vault.mask_card(row.bin6 + row.last4),
        verified=row.verified_at is not None,
        created_at=clock.parse(row.created_at),
    )
