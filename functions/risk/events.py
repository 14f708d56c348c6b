"""Events of the risk room, and the parts of others' that it reads: decisions on money, closed cases."""

from dataclasses import dataclass, field
from typing import Any, ClassVar

from bank import clock
from bank.events import DomainEvent
from bank.money import Money
from bank.risk.tables import ALWAYS
from bank.store import Item
from risk.tables import BACKTESTS, RULES, BacktestRow, ListRow, RuleSetRow


class RiskEvent(DomainEvent):
    """Base of this room's events."""

    room: ClassVar[str] = "risk"

    @property
    def subject(self) -> str:
        """Subject of the event."""
        raise NotImplementedError


class RuleSetActivated(RiskEvent):
    """Another version judges a product. `by_rollback`: one that had been live before."""

    rule_set_id: str
    product: str
    digest: str
    by_rollback: bool

    @property
    def subject(self) -> str:
        """The rule set."""
        return self.rule_set_id


class ListEntryAdded(RiskEvent):
    """Somebody or something is blocked, watched or allowed. `expires_at` null: until ended."""

    list: str
    kind: str
    subject_id: str
    source: str
    expires_at: str | None

    @property
    def subject(self) -> str:
        """Subject that the entry names."""
        return self.subject_id


class ListEntryEnded(RiskEvent):
    """An entry was taken off its list by hand."""

    list: str
    kind: str
    subject_id: str

    @property
    def subject(self) -> str:
        """Subject that the entry named."""
        return self.subject_id


class BacktestFinished(RiskEvent):
    """A backtest has its result, or failed."""

    backtest_id: str
    rule_set_id: str
    status: str

    @property
    def subject(self) -> str:
        """The backtest."""
        return self.backtest_id


class AlertRaised(RiskEvent):
    """Somebody should look at this: money that was declined because of risk. Held money alerts for itself."""

    alert_id: str
    kind: str
    severity: str
    customer_id: str | None
    unit_id: str
    merchant_id: str | None
    device_id: str | None
    record_ids: list[str]
    reasons: list[str]
    amount: int | None
    currency: str | None

    @property
    def subject(self) -> str:
        """The alert."""
        return self.alert_id


PUBLISHED: tuple[type[RiskEvent], ...] = (
    RuleSetActivated,
    ListEntryAdded,
    ListEntryEnded,
    BacktestFinished,
    AlertRaised,
)
LIVE = ("activated", "rolled_back")


def of_change(old: Item | None, new: Item | None) -> list[RiskEvent]:
    """The events that a change of the desk means."""
    if new is None:
        return []
    desk = new["desk"]["S"]
    if desk == RULES:
        return _of_rule_set(RuleSetRow.from_item(old) if old else None, RuleSetRow.from_item(new))
    if desk == BACKTESTS:
        return _of_backtest(BacktestRow.from_item(old) if old else None, BacktestRow.from_item(new))
    return [_of_entry(ListRow.from_item(new))]


def _of_rule_set(old: RuleSetRow | None, new: RuleSetRow) -> list[RiskEvent]:
    if old is None or old.version == new.version or new.history[-1]["what"] not in LIVE:
        return []
    return [
        RuleSetActivated(
            rule_set_id=new.entry,
            product=new.product,
            digest=new.digest,
            by_rollback=new.history[-1]["what"] == "rolled_back",
        )
    ]


def _of_backtest(old: BacktestRow | None, new: BacktestRow) -> list[RiskEvent]:
    if old is None or old.status == new.status:
        return []
    return [BacktestFinished(backtest_id=new.entry, rule_set_id=new.rule_set_id, status=new.status)]


def _of_entry(row: ListRow) -> RiskEvent:
    kind, _, subject_id = row.entry.partition("#")
    name = row.desk.partition("#")[2]
    if row.ended_at:
        return ListEntryEnded(list=name, kind=kind, subject_id=subject_id)
    expires_at = None if row.expires_at == ALWAYS else row.expires_at
    return ListEntryAdded(
        list=name, kind=kind, subject_id=subject_id, source=row.source, expires_at=expires_at
    )


# What others tell ---------------------------------------------------------------------------------

# What names the record, the payer's account and the payee of each product's events.
_NAMES = {
    "payments": ("payment", "payment_id", "payer_account_id", "merchant_id"),
    "transfers": ("transfer", "transfer_id", "from_account_id", "to_account_id"),
    "accounts": ("withdrawal", "movement_id", "account_id", None),
    "benefits": ("benefit", "entitlement_id", "account_id", None),
}


# The events that say money has moved, or is set aside to move.
MOVED = ("PaymentSucceeded", "PaymentAuthorized", "TransferSucceeded", "WithdrawalSucceeded")


def _first(name: str, data: dict[str, Any]) -> bool:
    """Return whether this event is the first to tell of a verdict; what follows tells it again."""
    if data["risk"]["outcome"] == "review":
        return name.endswith("HeldForReview")
    captured = name == "PaymentSucceeded" and data.get("capture") == "manual"
    return name.endswith(("Succeeded", "Authorized", "Declined", "Issued")) and not captured


def decided(envelope: dict[str, Any]) -> dict[str, Any]:
    """A decision as a line of history. `first` tells the event of the verdict from those of later steps,
    `spent` that of the money going out from all others. Raises KeyError for an event without a verdict,
    ValueError for one in a currency that counts for nothing known.
    """
    _, room, name, _ = envelope["type"].split(".")
    data, risk = envelope["data"], envelope["data"]["risk"]
    money = Money(data["amount"], data["currency"])
    product, record, payer, payee = _NAMES[room]
    return {
        "event_id": envelope["id"],
        "record_id": data[record],
        "product": product,
        "status": name,
        "decided_at": envelope["time"],
        "day": clock.business_date(clock.parse(envelope["time"])).isoformat(),
        "customer_id": data.get("customer_id"),
        "unit_id": data.get("unit_id") or "",
        "client_id": data.get("client_id") or "",
        "merchant_id": data.get("merchant_id"),
        "device_id": data.get("device_id"),
        "payer_id": data[payer],
        "payee_id": data.get(payee) if payee else None,
        "amount": money.amount,
        "currency": money.currency,
        "outcome": risk["outcome"],
        "reasons": risk["reasons"],
        "rules": risk["rules"],
        "posture": risk["posture"],
        "input": risk["input"],
        "first": _first(name, data),
        "spent": name in MOVED and not (name == "PaymentSucceeded" and data.get("capture") == "manual"),
    }


@dataclass(frozen=True)
class Closed:
    """A case that came to its outcome. `event_id` is its closing: one closed again is another."""

    event_id: str
    case_id: str
    outcome: str
    unit_id: str
    customer_id: str | None
    merchant_id: str | None
    device_id: str | None
    record_ids: list[str] = field(default_factory=list)
    amount: int | None = None
    currency: str | None = None
    closed_at: str = ""


def closed(envelope: dict[str, Any]) -> Closed:
    """The closed case that an event tells of."""
    data = envelope["data"]
    known = {name: data[name] for name in Closed.__dataclass_fields__ if name in data}
    return Closed(**{**known, "event_id": envelope["id"]})
