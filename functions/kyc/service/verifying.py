"""A verification begins: admitted, recorded with a try of the day, and only then asked of the provider."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from bank import clock, errors, store, vault
from bank.access.principal import Ownership, Principal
from bank.store import Transaction, idempotency
from kyc import tables
from kyc.adapters import providers
from kyc.domain import facts as rules
from kyc.domain.facts import Facts
from kyc.service import asking, customers, sealing
from kyc.tables import CardRow, ProfileRow, TriesRow, VerificationRow

TRIES_A_DAY = 5
TRIES_KEPT = timedelta(days=2)


class NoTriesLeft(errors.Conflict):
    """409: as often as a customer may be verified in a day; tomorrow is another."""

    code, title = "no_tries_left", "No tries left"


class IdentityDiffers(errors.Conflict):
    """409: the customer has been shown to be somebody else."""

    code, title = "identity_differs", "Identity differs"


@dataclass(frozen=True)
class Request:
    """Request for a verification: facts, customer and principal."""

    verification_id: str
    digest: str
    customer_id: str
    principal: Principal
    facts: Facts
    document_expires_on: date | None


def verify(*, request: Request) -> tuple[VerificationRow, bool]:
    """Verify; the record with what came of it (or `pending`), and whether this is a replay.

    Raises CustomerUnknown, CustomerClosed, TooYoung, DocumentExpired, IdentityDiffers, NoTriesLeft,
    KeyReused and NotConfigured.
    """
    rules.admit(request.facts, document_expires_on=request.document_expires_on, today=clock.business_date())
    # Keyed: a plain digest of facts could be tried out.
    digest = vault.fingerprint("request", request.digest)
    row, replayed = idempotency.once(
        record=lambda: store.get(VerificationRow, request.verification_id, tables.VERIFICATION),
        request_digest=digest,
        act=lambda: _begin(request, digest),
    )
    return (row if replayed else asking.ask(row, request.facts)), replayed


def _begin(request: Request, digest: str) -> VerificationRow:
    # Where there is nobody to ask, nothing is begun and no try is used.
    providers.chosen()
    fingerprint = vault.fingerprint("id_number", request.facts.id_number)
    card = _card(request)
    key = tables.verification_key(request.verification_id)
    earlier, wallet, profile, known_card = store.get_many(
        [
            key,
            customers.wallet_key(request.customer_id),
            tables.profile_key(request.customer_id),
            tables.card_key(request.customer_id, card.card_id if card else "none"),
        ]
    )
    ownership = customers.require_visible(request.customer_id, wallet, request.principal)
    if earlier:
        raise store.AlreadyExists(row=earlier)
    _same_person(profile, fingerprint)
    row = _row(request, ownership, fingerprint, card, digest)
    transaction = Transaction()
    transaction.create(row)
    customers.require_staying(transaction, request.customer_id)
    _take_try(transaction, request.customer_id)
    if card and not known_card:
        transaction.create(card, store.stale)
    transaction.commit()
    return row


def _card(request: Request) -> CardRow | None:
    number = request.facts.card
    return sealing.new_card(request.customer_id, number, clock.instant()) if number else None


def _same_person(profile: ProfileRow | None, fingerprint: str) -> None:
    if profile and profile.closed_at:
        raise customers.CustomerClosed("the customer has left")
    if profile and profile.id_fingerprint and profile.id_fingerprint != fingerprint:
        raise IdentityDiffers("the customer was verified with another id number")


def _take_try(transaction: Transaction, customer_id: str) -> None:
    """One of the day's tries: the first of a day makes their row, in the same write."""
    left, today = TriesRow.left, clock.business_date()
    wait = clock.seconds_until(clock.midnight(today + timedelta(days=1)))
    transaction.update(
        tables.tries_key(customer_id, today.isoformat()),
        [
            left.set((left | TRIES_A_DAY) - 1),
            TriesRow.purge_at.set(int((clock.now() + TRIES_KEPT).timestamp())),
        ],
        left.does_not_exist() | (left >= 1),
        lambda _: NoTriesLeft(f"a customer is verified {TRIES_A_DAY} times a day at most", retry_after=wait),
    )


def _row(
    request: Request, ownership: Ownership, fingerprint: str, card: CardRow | None, digest: str
) -> VerificationRow:
    facts, now = request.facts, clock.instant()
    expires = request.document_expires_on
    of_card: dict[str, Any] = {}
    if card:
        masked = vault.mask_card(facts.card or "")
        of_card = {"card_id": card.card_id, "bank": card.bank, "card_masked": masked}
    return VerificationRow(
        subject=request.verification_id,
        request_digest=digest,
        customer_id=request.customer_id,
        client_id=ownership.client_id,
        unit_id=ownership.unit_id,
        made=f"{now}#{request.verification_id}",
        factors=facts.factors,
        **sealing.sealed(facts, record=request.verification_id),
        name_masked=vault.mask_name(facts.name),
        id_number_masked=vault.mask_id_number(facts.id_number),
        phone_masked=vault.mask_phone(facts.phone) if facts.phone else None,
        **of_card,
        id_fingerprint=fingerprint,
        document_expires_on=expires.isoformat() if expires else None,
        unit_shard=tables.unit_shard(ownership.unit_id, request.verification_id),
        due_shard=tables.due_shard(request.verification_id),
        ask_at=asking.next_ask(0),
    )
