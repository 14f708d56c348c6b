"""Money that was held, decided on or given back, against what the chain was told of it at the time.

Records in tables say what somebody may have made them say since. The events of when they were made are
chained and signed, and so are the journals' digests: what was held has to be booked for whom it was held, a
review's decision has to be somebody's act, and of a payment no more goes back than came, to who paid it. What
went back is added up over the payment's own records of it, by their journals, whenever that was: a record
that was removed is missed by its event.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from audit.domain import Entry
from audit.service.verifying.run import Run
from bank import ids, store
from bank.control.audit import acts_on
from bank.ledger import JournalRow, domain
from bank.ledger.chart import FEES, FUNDING
from bank.ledger.payees import settlement_id

Data = dict[str, Any]
DECIDED = {"release": "released", "reject": "rejected"}


@dataclass(frozen=True)
class Promise:
    """Terms of what was held: from whom, for which accounts, how much at most, or exactly."""

    record_id: str
    payer: str
    payees: frozenset[str]
    amount: int
    partly: bool = False
    # The most that the bank bears of what the payees get.
    borne: int = 0

    def kept(self, amounts: dict[str, int], currency: str) -> bool:
        """Return whether a journal of these amounts by account is what was held."""
        taken = -amounts.get(self.payer, 0)
        others = {each for each, amount in amounts.items() if not _of_the_bank(each, amount, currency)}
        borne = -sum(each for name, each in amounts.items() if _bears(name, each))
        enough = 0 < taken <= self.amount if self.partly else taken == self.amount
        return enough and borne <= self.borne and others <= self.payees | {self.payer}


def _bears(account_id: str, amount: int) -> bool:
    """Return whether a leg is the bank's part of what the payee gets."""
    return amount < 0 and domain.kind_of(account_id) is domain.Kind.INTERNAL


def _of_the_bank(account_id: str, amount: int, currency: str) -> bool:
    """Return whether a leg is the bank's fee, or what it bears of what the payee gets."""
    return _bears(account_id, amount) or account_id == domain.internal(FEES, currency)


def _transfer(data: Data) -> Promise:
    payees = frozenset({data["to_account_id"]})
    return Promise(data["transfer_id"], data["from_account_id"], payees, data["amount"])


def _payment(data: Data) -> Promise:
    payees = frozenset({settlement_id(data["merchant_id"], data["currency"])})
    partly = data["capture"] == "manual"
    # Events of before benefits have no discount, those of before points in payments none of these.
    borne = data.get("discount", 0) + data.get("points_amount", 0)
    amount = data["amount"] - borne
    return Promise(data["payment_id"], data["payer_account_id"], payees, amount, partly, borne)


def _withdrawal(data: Data) -> Promise:
    # Some were held before clients had clearing accounts.
    currency = data["currency"]
    against = ids.derived(domain.PREFIXES[domain.Kind.CLEARING], data["client_id"], currency)
    payees = frozenset({against, domain.internal(FUNDING, currency)})
    return Promise(data["movement_id"], data["account_id"], payees, data["amount"])


HELD: dict[str, Callable[[Data], Promise]] = {
    "perkbank.transfers.TransferHeldForReview.v1": _transfer,
    "perkbank.payments.PaymentHeldForReview.v1": _payment,
    "perkbank.payments.PaymentAuthorized.v1": _payment,
    "perkbank.accounts.WithdrawalHeldForReview.v1": _withdrawal,
}
# What leaves a payment again: the id of each, how its record is named, and whether it goes to who paid.
LEAVES = {
    "perkbank.payments.PaymentRefunded.v1": ("refund_id", "refund#", True),
    "perkbank.payments.PaymentSplit.v1": ("split_id", "split#", False),
}
REVIEW_DECIDED = "perkbank.cases.ReviewDecided.v1"
# What is read of each, besides its amount: an event that lacks some of it, no room has told.
OF_PAYMENT = ("payment_id", "payer_account_id", "merchant_id", "currency", "capture")
NAMES = {
    "perkbank.transfers.TransferHeldForReview.v1": ("transfer_id", "from_account_id", "to_account_id"),
    "perkbank.payments.PaymentHeldForReview.v1": OF_PAYMENT,
    "perkbank.payments.PaymentAuthorized.v1": OF_PAYMENT,
    "perkbank.accounts.WithdrawalHeldForReview.v1": ("movement_id", "account_id", "client_id", "currency"),
    "perkbank.payments.PaymentRefunded.v1": ("payment_id", "refund_id"),
    "perkbank.payments.PaymentSplit.v1": ("payment_id", "split_id"),
    REVIEW_DECIDED: ("case_id", "record_id", "decision"),
}
NAME = re.compile(r"[A-Za-z0-9_.+-]{1,128}")


def verify_decisions(run: Run, entries: Iterable[Entry]) -> None:
    """Name what was booked otherwise than it was held, decided by nobody, or given back wrongly.

    Each is judged by itself, by what is stored now: nothing is kept from one block to the next.
    """
    found: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.get("type") not in NAMES:
            continue
        if _well_formed(entry):
            found[entry["type"]].append(entry)
        else:
            run.differs("decision", entry["id"], "says nothing that a room says")
    for type_, promise_of in HELD.items():
        _verify_held(run, [promise_of(entry["data"]) for entry in found[type_]])
    _verify_reviews(run, found[REVIEW_DECIDED])
    for type_ in LEAVES:
        _verify_leaving(run, type_, [entry["data"] for entry in found[type_]])


def _well_formed(entry: Entry) -> bool:
    """Return whether it can be compared: whoever may put events may put any, and none stops the others."""
    type_, data = entry["type"], entry["data"]
    if not isinstance(data, dict):
        return False
    texts = (data.get(name) for name in NAMES[type_])
    if not all(isinstance(text, str) and NAME.fullmatch(text) for text in texts):
        return False
    return data["decision"] in DECIDED if type_ == REVIEW_DECIDED else type(data.get("amount")) is int


def _verify_held(run: Run, promises: list[Promise]) -> None:
    journals = _journals(promise.record_id for promise in promises)
    for promise in promises:
        journal = journals.get(promise.record_id)
        if journal and not promise.kept(_amounts(journal), journal.currency):
            run.differs("movement", promise.record_id, "booked otherwise than it was held")


def _verify_reviews(run: Run, decisions: list[Entry]) -> None:
    """The index of entries may be a moment late: what was decided just now is looked at by the next run."""
    for entry in decisions:
        data = entry["data"]
        decided = DECIDED[data["decision"]]
        what = f"{decided} {data['record_id']}"
        acts = acts_on(data["case_id"]) if entry["at"] <= run.late else None
        if acts is not None and not any((act.after or {}).get("what") == what for act in acts):
            run.differs("review", data["record_id"], f"{decided} in {data['case_id']}: no act did it")


def _verify_leaving(run: Run, type_: str, leaving: list[Data]) -> None:
    name, prefix, back = LEAVES[type_]
    payments = _journals(data["payment_id"] for data in leaving)
    made = _journals(data[name] for data in leaving)
    for payment_id in dict.fromkeys(data["payment_id"] for data in leaving):
        of_payment = [data[name] for data in leaving if data["payment_id"] == payment_id]
        recorded, total = _left(payment_id, prefix)
        for record_id in of_payment:
            if record_id not in recorded:
                run.differs("movement", record_id, f"removed from payment {payment_id}")
        if payment_id not in payments:
            # Journals are missed elsewhere: they are chained by themselves.
            continue
        amounts = _amounts(payments[payment_id])
        paid = {account_id: -amount for account_id, amount in amounts.items() if amount < 0}
        more = total.total() > sum(paid.values()) or (back and any(total[each] > paid[each] for each in paid))
        for record_id in of_payment:
            # By rounding, a merchant that bore a share may have a minor unit of the fee by a refund.
            if back and record_id in made and not _received(made[record_id]).keys() <= amounts.keys():
                run.differs("movement", record_id, "given back to somebody who had not paid")
            if more:
                run.differs("movement", record_id, f"with others more than payment {payment_id} was")


def _left(payment_id: str, prefix: str) -> tuple[set[str], Counter[str]]:
    """Ids of a payment's refunds or splits as its room has them, and what each account had by their journals.

    Whoever removes a record to have it counted no more is named by its event. One query, and what it finds.
    """
    found: set[str] = set()
    total, start = Counter[str](), None
    while True:
        answer = _records(payment_id, prefix, start)
        page = [item["record"]["S"].removeprefix(prefix) for item in answer["Items"]]
        found.update(page)
        for row in _journals(page).values():
            total.update(_received(row))
        start = answer.get("LastEvaluatedKey")
        if start is None:
            return found, total


def _journals(record_ids: Iterable[str]) -> dict[str, JournalRow]:
    """The journals that were booked of these records, by record: their ids follow from the records'."""
    wanted: list[str] = list(dict.fromkeys(record_ids))
    rows = store.get_many([(JournalRow, "jrn_" + each.partition("_")[2]) for each in wanted])
    return {each: row for each, row in zip(wanted, rows, strict=True) if row is not None}


def _records(payment_id: str, prefix: str, start: Any) -> Any:
    """A page of a payment's records of a kind, as they are stored: the models are that room's."""
    return store.client().query(
        TableName=store.table_name("payments"),
        KeyConditionExpression="payment_id = :payment AND begins_with(#record, :prefix)",
        ProjectionExpression="#record",
        # Whoever may refund makes as many that are refused as they like.
        FilterExpression="attribute_not_exists(refusal)",
        ExpressionAttributeNames={"#record": "record"},
        ExpressionAttributeValues={":payment": {"S": payment_id}, ":prefix": {"S": prefix}},
        ConsistentRead=True,
        **({"ExclusiveStartKey": start} if start else {}),
    )


def _received(journal: JournalRow) -> dict[str, int]:
    return {account_id: amount for account_id, amount in _amounts(journal).items() if amount > 0}


def _amounts(journal: JournalRow) -> dict[str, int]:
    return {account_id: int(amount) for account_id, amount in journal.legs}
