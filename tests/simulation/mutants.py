"""Rules broken on purpose: the proof that the simulation sees what it is there to see.

Each mutant is a mistake that someone could make, most of them invisible without faults or an unlucky moment.
`python -m tests.simulation --mutants` runs histories until each is found.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from unittest import mock

from audit.adapters import signer
from audit.service import entries, verifying
from audit.service.verifying import rows as chained_rows
from bank import clock, http, ids
from bank.caps import Bounds, updates
from bank.credentials import payment_tokens
from bank.events import outbox
from bank.ledger import applier, counting, expiry, lowering, posting, refusals
from bank.ledger.tables import AccountRow
from bank.ledger.verification import account
from bank.store import caps
from bank.uploads.facts import FileFacts
from payments.service import codes, refunds
from payments.tables import PAYMENT, PaymentCodeRow, PaymentRow
from settlement import domain as settlement_domain
from settlement.service import runs
from tests.simulation.world import STEPS, Failed, World
from transfers.domain import batch_file
from transfers.service import lines

# Many of these show only when something else happens between a read and the write that was decided on it.
UNLUCKY = {"interlude": 0.4}


@dataclass(frozen=True)
class Mutant:
    """A function of the code, and the one to put in its place."""

    name: str
    target: Any
    attribute: str
    instead: Callable[..., Any]

    def applied(self) -> Any:
        """The context in which the mistake is made."""
        return mock.patch.object(self.target, self.attribute, self.instead)


def found(mutant: Mutant, seeds: Iterable[int], steps: int = STEPS) -> tuple[int, str] | None:
    """The first of these seeds whose history shows the mistake, and how; None where none does.

    A history that breaks without the mistake, too, does not show it: that is a fault, and raised as one.
    """
    for seed in seeds:
        try:
            with mutant.applied():
                World(seed, steps, UNLUCKY).run()
        except Failed as failed:
            World(seed, steps, UNLUCKY).run()
            return seed, failed.what
    return None


def _take_what_is_not_there(left: Any, amount: int) -> Any:
    return left.set(left - amount), left.exists()


def _refund_without_cap(transaction: Any, payment: Any, amount: int, parts: Any, also: Any) -> None:
    transaction.update(
        (PaymentRow, payment.payment_id, PAYMENT),
        [
            PaymentRow.refundable.set(PaymentRow.refundable - amount),
            PaymentRow.refunded_amount.set(PaymentRow.refunded_amount + amount),
            PaymentRow.fee_returned.set(PaymentRow.fee_returned + parts.from_fee),
            PaymentRow.splittable.set(PaymentRow.splittable - parts.from_splittable),
            PaymentRow.status.set(parts.status.value),
            *also,
        ],
        PaymentRow.payment_id.exists(),
        refunds.store.stale,
    )


def _new_id_each_time(call: http.Call, prefix: str) -> str:
    return ids.new(prefix)


_take_limits = counting.take_limits


def _limits_without_condition(account: Any, amount: int, today: str) -> Any:
    return _take_limits(account, amount, today)[0], AccountRow.account_id.exists()


def _none_due(partition: str, at: str, *, newest_first: bool = False, limit: int | None = None) -> Any:
    return iter(())


def _use_again(transaction: Any, code: Any, payment_id: str, now: str) -> None:
    actions = [PaymentCodeRow.used_by.set(payment_id)]
    transaction.update(
        (PaymentCodeRow, code.code_digest), actions, PaymentCodeRow.expires_at > now, codes._refused
    )


def _date_in_greenwich(moment: Any = None) -> date:
    return (moment or clock.now()).date()  # type: ignore[no-any-return]


_instruction_of = batch_file.instruction_of


def _line_with_a_new_id(line: Any, sender: Any) -> Any:
    instruction = _instruction_of(line, sender)
    return instruction and replace(instruction, transfer_id=ids.new("trf"))


def _take_any(arrived: Any, announced: Any) -> None:
    """Whatever came is the file."""


def _debit_whatever_the_status(amount: int) -> Any:
    action, enough = caps.take(AccountRow.available, amount)
    return [action], enough


_move = counting._move


def _move_without_condition(account: Any, amount: int, spend: Any, seconds: int) -> Any:
    return _move(account, amount, spend, seconds)[0], AccountRow.account_id.exists()


def _whatever_was_lowered(lowered: Any) -> Any:
    return AccountRow.account_id.exists()


def _free_without_condition(account: Any, amount: int, spend: Any, today: str) -> Any:
    return [], AccountRow.account_id.exists()


def _spend_again(transaction: Any, row: Any, *, record_id: str) -> None:
    actions = [payment_tokens.PaymentTokenRow.used_by.set(record_id)]
    transaction.update(
        (payment_tokens.PaymentTokenRow, row.token_digest),
        actions,
        payment_tokens.PaymentTokenRow.token_digest.exists(),
        payment_tokens._refused,
    )


def _name_any_account(account: Any, currency: str | None = None, **_: Any) -> Any:
    wrong = currency not in (None, account.currency)
    return refusals.CurrencyMismatch("another currency") if wrong else None


_with_money = runs._with_money


def _first_with_money(account_ids: Any) -> Any:
    return _with_money(account_ids)[:1]


def _of_any_journal(row: Any) -> dict[str, Any]:
    return {"id": row.journal_id, "at": row.booked_at, "what": entries.JOURNAL}


_of_touch = entries.of_touch


def _of_no_touch(record: dict[str, Any], how: str) -> dict[str, Any]:
    return {**_of_touch(record, how), "what": entries.DECISION}


def _new_id_at_each_delivery(record: Any) -> str:
    return ids.new("change")


_use, _use_day = updates.Update.use, updates.Update.use_day
_BOUNDLESS = Bounds(*[10**9] * 4)


def _take_whatever_is_left(update: Any, counts: Any, share: Any) -> None:
    _use(update, counts, _BOUNDLESS)


def _take_whatever_is_left_today(update: Any, counts: Any, share: Any, day: str, row: Any) -> None:
    _use_day(update, counts, _BOUNDLESS, day, row)


# What verifications would no longer see of what an insider does (`tests.simulation.insider`).
BLINDNESSES = (
    Mutant("signatures that nobody looks at", signer, "is_signed", lambda message, signature: True),
    Mutant("touches that nobody chains", entries, "of_touch", _of_no_touch),
    Mutant("repeats that nobody compares", chained_rows, "_verify_repeat", lambda *_: None),
    Mutant("journals that are all alike", entries, "of_journal", _of_any_journal),
    Mutant("payees that nobody compares", verifying, "_verify_payees", lambda run, at: None),
    Mutant("rows that nobody compares with their postings", account, "_verify_row", lambda *_: None),
)

MUTANTS = (
    Mutant("a cap without its condition", caps, "take", _take_what_is_not_there),
    Mutant("journals applied without a mark", applier, "_own_entries", lambda journal: []),
    Mutant("refunds checked before the write and not by it", refunds, "_take", _refund_without_cap),
    Mutant("an id of its own for each delivery of a request", http.Call, "record_id", _new_id_each_time),
    Mutant("limits checked before the write alone", counting, "take_limits", _limits_without_condition),
    Mutant("limits not given back with a hold", counting, "give_back_limits", lambda *_: None),
    Mutant("holds that nobody ends", expiry, "due", _none_due),
    Mutant("a payment code that is good twice", codes, "use", _use_again),
    Mutant("business dates in Greenwich", clock, "business_date", _date_in_greenwich),
    Mutant("payouts before their time", settlement_domain, "closings", lambda days, today, previous: []),
    Mutant("accounts of which only the first of a page is paid", runs, "_with_money", _first_with_money),
    Mutant("lines of a batch that forget their ids", lines, "instruction_of", _line_with_a_new_id),
    Mutant("a file that nobody compares with its announcement", FileFacts, "require", _take_any),
    Mutant("a status checked before the write alone", posting, "_debit", _debit_whatever_the_status),
    Mutant("a velocity cap checked before the write alone", counting, "_move", _move_without_condition),
    Mutant("limits lowered that a spend has not seen", lowering, "as_read", _whatever_was_lowered),
    Mutant("a free limit of each payment", counting, "_take_free_limit", _free_without_condition),
    Mutant("a payment token that is good twice", payment_tokens, "spend", _spend_again),
    Mutant("the bank's own accounts for anybody to name", refusals, "naming_mistake", _name_any_account),
    Mutant("stock checked before the write alone", updates.Update, "use", _take_whatever_is_left),
    Mutant(
        "a day's stock checked before the write alone",
        updates.Update,
        "use_day",
        _take_whatever_is_left_today,
    ),
    Mutant("an event with an id for each delivery", outbox, "change_id", _new_id_at_each_delivery),
)
