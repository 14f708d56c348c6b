"""Each kind of journal in the code has its event, its line on statements and AML's ear, or says why not."""

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from accounts import events as of_accounts
from accounts.domain import Instruction
from accounts.tables import MovementRow
from aml.domain.patterns.queries import TRANSFERS
from aml.service import movements
from bank import ledger
from bank.ledger import posting, statements
from tests.support import cloudformation
from tests.support.cloudformation import ROOT

# Kinds that are a field of what is booked, by its type.
TYPED = {"instruction.type": get_args(get_type_hints(Instruction)["type"])}


@dataclass(frozen=True)
class Kind:
    """What tells of a kind of journal: its `event` (room and name), and the kind that AML knows it by.

    What AML does not hear has a reason, and so has what no event tells.
    """

    event: str = ""
    aml: str = ""
    unheard: str = ""
    untold: str = ""


KINDS = {
    "payment": Kind("payments.PaymentSucceeded", aml="payment"),
    "capture": Kind("payments.PaymentSucceeded", aml="payment"),
    "refund": Kind(
        "payments.PaymentRefunded",
        unheard="gives a payment back, that was heard of, to who made it, and no more than it",
    ),
    "split": Kind(
        "payments.PaymentSplit",
        unheard="shares a payment, that was heard of, among merchants; it leaves by their payouts",
    ),
    "payout": Kind("settlement.PayoutBooked", aml="payout"),
    "transfer": Kind("transfers.TransferSucceeded", aml="transfer"),
    "deposit": Kind("accounts.MoneyDeposited", aml="deposit"),
    "withdrawal": Kind("accounts.MoneyWithdrawn", aml="withdrawal"),
    "points-earned": Kind(
        untold="stands on the statement; earned with payments, whose events tell of them",
        unheard="points are no money: they are paid out to nobody, and nobody hands them on",
    ),
    "points-taken-back": Kind(
        untold="stands on the statement; follows from a refund, whose event tells of it",
        unheard="gives back what a refunded payment had earned",
    ),
    "points-expired": Kind(
        untold="stands on the statement; customers are told of the month with each lot",
        unheard="nobody gets it",
    ),
    "points-forfeited": Kind(
        untold="follows from CustomerClosed",
        unheard="nobody gets it",
    ),
    "points-adjusted": Kind(
        untold="an act of staff, in the audit trail with its points",
        unheard="points are no money: they are paid out to nobody, and nobody hands them on",
    ),
    "points-returned": Kind(
        untold="follows from a refund of what the points had paid for, which tells of itself",
        unheard="gives back points that were redeemed",
    ),
    "points-redemption": Kind(
        untold="the record that the points paid for tells of itself",
        unheard="points are no money: they are paid out to nobody, and nobody hands them on",
    ),
    "points-worth": Kind(
        untold="follows from points, whose journal is in the same transaction",
        unheard="what the bank expects that points will cost it; no customer's money moves",
    ),
    "statement": Kind(
        "suppliers.StatementAgreed",
        unheard="the bank's own debt by contract; it leaves by payouts, which are heard of",
    ),
    "clearing": Kind(
        untold="an act of staff, in the audit trail with its amount",
        unheard="a client pays the bank for deposits that were heard of",
    ),
}
HEARD = {name: kind for name, kind in KINDS.items() if kind.aml}


def sources() -> Iterator[Path]:
    for folder in ("functions", "layers/bank/python/bank"):
        yield from sorted((ROOT / folder).rglob("*.py"))


def kinds_of(tree: ast.Module) -> Iterator[str]:
    """The kinds of journals that a module makes; one that is handed on is found where it is given."""
    constants = {
        target.id: statement.value.value
        for statement in tree.body
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant)
        for target in statement.targets
        if isinstance(target, ast.Name)
    }
    for call in ast.walk(tree):
        if not isinstance(call, ast.Call) or not ast.unparse(call.func).endswith("journal"):
            continue
        for keyword in call.keywords:
            if keyword.arg != "kind":
                continue
            text = ast.unparse(keyword.value)
            if isinstance(keyword.value, ast.Constant):
                yield str(keyword.value.value)
            elif text in constants:
                yield constants[text]
            elif text in TYPED:
                yield from TYPED[text]
            else:
                assert text == "kind", f"a journal's kind is {text}: this test cannot tell which"


def test_every_kind_of_journal_in_the_code_is_declared() -> None:
    found = {kind for path in sources() for kind in kinds_of(ast.parse(path.read_text()))}

    assert found == set(KINDS)


def test_a_kind_that_is_new_is_found_wherever_it_is_written() -> None:
    written = (
        'NEW = "gift"\nledger.journal("jrn_1", kind=NEW)\npayment_journal(kind="loan")\nother(kind="no")'
    )

    assert set(kinds_of(ast.parse(written))) == {"gift", "loan"}


@pytest.mark.parametrize("name", KINDS)
def test_each_has_its_event_or_says_why_not(name: str) -> None:
    kind = KINDS[name]
    assert bool(kind.event) != bool(kind.untold)
    if kind.event:
        room, event = kind.event.split(".")
        schema = json.loads((ROOT / f"events/schemas/{room}/{event}.v1.json").read_text())
        assert schema


@pytest.mark.parametrize("name", KINDS)
def test_each_stands_on_the_statement_under_its_name(name: str) -> None:
    made = ledger.journal(
        "jrn_1",
        kind=name,
        reference="ref_1",
        currency="CNY",
        amounts={"wal_1": -100, "stl_1": 100},
        booked_at="2026-01-15T01:30:00.000000Z",
    )

    assert posting.last_posting(made, made.legs[0], -100)["k"] == name
    entry = statements.entry(
        made, made.legs[1], seq=1, balance_after=100, part=None, applied_at=made.booked_at
    )
    assert entry.kind == name


def envelope(name: str) -> dict[str, Any]:
    room, event = KINDS[name].event.split(".")
    loaded: dict[str, Any] = json.loads((ROOT / f"events/samples/{room}/{event}.v1.json").read_text())
    return loaded


def listens_to() -> set[str]:
    rule = cloudformation.resources("AWS::Events::Rule", "functions/aml/template.yaml")["AmlMovementsRule"]
    return set(rule["EventPattern"]["detail-type"])


@pytest.mark.parametrize("name", KINDS)
def test_aml_hears_each_or_there_is_a_reason(name: str) -> None:
    kind = KINDS[name]
    assert bool(kind.aml) != bool(kind.unheard)
    if kind.aml:
        told = envelope(name)
        line = movements.line_of(told)
        assert told["type"] in listens_to()
        assert line is not None
        assert line["kind"] == kind.aml
        assert line["from_account"] or line["to_account"]


def test_aml_listens_to_nothing_else_and_every_transfer_by_law_is_one_of_them() -> None:
    assert listens_to() == {envelope(name)["type"] for name in HEARD}
    assert set(movements.KINDS) == {kind.event.split(".")[1] for kind in HEARD.values()}
    assert set(ast.literal_eval(TRANSFERS)) == {kind.aml for kind in HEARD.values()} - {"payment"}


@pytest.mark.parametrize("account_id", ["wal_1", "stl_1"])
@pytest.mark.parametrize("kind", TYPED["instruction.type"])
@pytest.mark.parametrize("held", [False, True])
def test_a_movement_is_told_once_whatever_kind_of_account_it_is_on(
    kind: str, account_id: str, held: bool
) -> None:
    row = MovementRow(
        movement_id="mov_1",
        type=kind,
        account_id=account_id,
        amount=9_999_900,
        currency="CNY",
        counterparty="cash",
        reference="counter",
        journal_id="jrn_1",
        booked_at="2026-01-15T01:30:00.000000Z",
        request_digest="",
        status="in_review" if held else "booked",
        review_until="2026-01-22T01:30:00.000000Z",
    )
    later = MovementRow(**{**row.attribute_values, "status": "booked"})
    told = of_accounts.of_movement(None, row) + (of_accounts.of_movement(row, later) if held else [])

    moved = [event for event in told if type(event) in of_accounts.MOVED.values()]

    assert [event.model_dump() for event in moved] == [
        {
            "account_id": account_id,
            "movement_id": "mov_1",
            "journal_id": "jrn_1",
            "amount": 9_999_900,
            "currency": "CNY",
            "cash": True,
        }
    ]
    assert of_accounts.of_movement(later, later) == []


def test_a_deposit_that_was_refused_is_no_movement() -> None:
    row = MovementRow(type="deposit", status="booked", refusal={"code": "account_closed"})

    assert of_accounts.of_movement(None, row) == []
