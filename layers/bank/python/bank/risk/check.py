"""The risk check of a use case that moves money: its part of the one batch read, and the assessment."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import Field

from bank import clock, store
from bank.access import sessions
from bank.access.organisation import HEAD_OFFICE
from bank.access.principal import Kind, Principal
from bank.credentials import payment_tokens
from bank.credentials.payment_tokens import PaymentTokenRow
from bank.http import Body, Identifier
from bank.ledger import AccountRow
from bank.ledger.domain import Account
from bank.ledger.metadata import WalletCustomer
from bank.ledger.velocity import Spend
from bank.risk import challenges, evaluation
from bank.risk.movement import Movement, RequestContext, keys
from bank.risk.verdict import Outcome, Verdict

MICRO = 10**6


class Location(Body):
    """Position of the customer, in millionths of a degree (WGS 84)."""

    latitude_e6: int = Field(ge=-90 * MICRO, le=90 * MICRO, examples=[31230400])
    longitude_e6: int = Field(ge=-180 * MICRO, le=180 * MICRO, examples=[121473700])


class RiskSignals(Body):
    """Risk signals of a request that moves money: device, place, payment token. Base of these requests."""

    proofs: ClassVar[frozenset[str]] = frozenset({"payment_token"})
    device_id: Identifier | None = Field(
        default=None,
        max_length=40,
        description="Which device it comes from, as the channel knows it. Where a customer asks it is their"
        " session's, whatever is said here",
    )
    location: Location | None = None
    payment_token: payment_tokens.Token | None = None

    def request_context(self, principal: Principal) -> RequestContext:
        """The same, for a use case. A customer's device is their session's, and not theirs to say."""
        of_customer = principal.kind is Kind.CUSTOMER
        return RequestContext(
            device_id=principal.device if of_customer else self.device_id or "",
            latitude=self.location.latitude_e6 if self.location else None,
            longitude=self.location.longitude_e6 if self.location else None,
            token=self.payment_token,
        )


@dataclass(frozen=True)
class Assessment:
    """A verdict, what its spend brings to the payer's row, and the rows that came with it."""

    verdict: Verdict
    spend: Spend
    token: PaymentTokenRow | None
    customer_id: str | None = None
    unit_id: str = HEAD_OFFICE

    @property
    def held(self) -> bool:
        """Return whether a person looks at it before the money moves."""
        return self.verdict.outcome is Outcome.REVIEW


@dataclass(frozen=True)
class RiskCheck:
    """The judgement of one movement; nobody calls (`principal` None) for a batch's line."""

    movement: Movement
    record_id: str
    principal: Principal | None = None
    token: str | None = None

    @property
    def actor_id(self) -> str:
        """Id of who asks for the movement; for a batch's line the channel that sent the batch."""
        return self.principal.actor_id if self.principal else self.movement.client_id

    def keys(self) -> list[store.Key]:
        """Return the keys to add to the batch read; `assess` takes those rows in this order."""
        wanted = keys(self.movement)
        if self.token:
            wanted.append(payment_tokens.key(self.token))
        if self.principal and self.principal.kind is not Kind.CHANNEL:
            wanted.append(sessions.key(self.principal))
        return wanted

    def admit(self, rows: Sequence[Any]) -> None:
        """Require that the caller's session counts: before anything is answered. Raises SessionEnded."""
        if self.principal and self.principal.kind is not Kind.CHANNEL:
            sessions.require_live(rows[-1], self.principal)

    def assess(
        self,
        rows: Sequence[Any],
        account: Account,
        merchant: Account | None = None,
        *,
        unit_id: str = HEAD_OFFICE,
    ) -> Assessment:
        """The verdict; `unit_id` is where the payer's account is kept."""
        found = dict(zip(self.keys(), rows, strict=True))
        token = found.get(payment_tokens.key(self.token)) if self.token else None
        of_risk = [found[key] for key in keys(self.movement)]
        verdict, spend = evaluation.assess(self.movement, of_risk, account, merchant, clock.now())
        # Whether the token is good, `clear` says before anything is written.
        spend = replace(spend, confirmed=self.token is not None)
        return Assessment(verdict, spend, token, customer_of(account), unit_id)

    def clear(self, assessment: Assessment, account: Account, row: AccountRow) -> PaymentTokenRow | None:
        """Let it go on, or raise RiskDeclined, ChallengeRequired or Forbidden (`challenges.clear`)."""
        return challenges.clear(
            self.movement,
            assessment.verdict,
            account,
            row.ownership,
            self.token,
            assessment.token,
            self.record_id,
        )

    def spend(self, transaction: store.Transaction, token: PaymentTokenRow | None) -> None:
        """Use the token up with the record that it was given for."""
        if token:
            payment_tokens.spend(transaction, token, record_id=self.record_id)


def customer_of(account: Account) -> str | None:
    """The customer whose wallet it is, if it is one's."""
    return account.owner_id if WalletCustomer.of(account.metadata) else None
