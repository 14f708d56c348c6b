"""What somebody may do to the stored ledger, below everything that guards it, and what is named then."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import boto3

from bank import ids
from bank.config import config
from bank.ledger import HoldStatus
from tests.unit.bank.ledger.given import (
    FEES,
    Books,
    capture,
    hold,
    post,
    release,
    settlement,
    wallet,
)
from tests.unit.bank.points import given as points

Item = dict[str, Any]
# The accounts of the ledger that is altered, by their order of opening.
PAYER, PAYEE, SHOP = "wal_000001", "wal_000003", "stl_000005"
# An instant at which nothing was booked.
NOWHERE = "2026-01-30T04:00:35.000000Z"


# The ledger that is altered.


def build(books: Books) -> None:
    """Payments booked some at once, a refund, a transfer, holds with each kind of end, points reserved."""
    payer, payee, shop = wallet(10_000), wallet(500), settlement()
    assert (payer, payee, shop) == (PAYER, PAYEE, SHOP)
    later = "2026-02-01T00:00:00.000000Z"
    for number in range(6):
        books.time.forward(seconds=10)
        post({payer: -100 - number, shop: 90 + number, FEES: 10}, "payment")
        if number % 3 == 2:
            books.settle()
    post({FEES: 3, payer: -103, shop: 100}, "payment")
    books.settle()
    post({shop: -50, payer: 50}, "refund")
    post({payer: -200, payee: 200}, "transfer")
    captured = hold(payer, 300, expires_at=later, hold_id="hld_captured")
    capture(captured, {payer: -250, shop: 250}).commit()
    voided = hold(payer, 80, expires_at=later, hold_id="hld_voided")
    release(voided, HoldStatus.VOIDED).commit()
    hold(payer, 70, expires_at=later, hold_id="hld_open")
    points.opened({points.FEBRUARY: 50, points.MARCH: 30})
    points.reserve(60, "pay_points")
    books.settle()


# Reading and writing below everything that the ledger does.


def table(name: str) -> Any:
    return boto3.resource("dynamodb", region_name=config.region).Table(config.table_prefix + name)


def items(name: str) -> list[Item]:
    """A table's items in order of their keys."""
    found = table(name).scan(ConsistentRead=True)["Items"]
    return sorted(found, key=lambda item: [str(value) for value in key_of(name, item).values()])


KEYS = {
    "ledger-journals": ("journal_id",),
    "ledger-accounts": ("account_id",),
    "ledger-entries": ("account_shard", "entry_key"),
    "ledger-holds": ("hold_id",),
}


def key_of(name: str, item: Item) -> Item:
    return {part: item[part] for part in KEYS[name]}


@contextmanager
def altered(name: str, before: Item | None, after: Item | None) -> Iterator[None]:
    """An item as somebody left it; then as it was."""
    put(name, before, after)
    try:
        yield
    finally:
        put(name, after, before)


def put(name: str, there: Item | None, wanted: Item | None) -> None:
    if wanted is not None:
        table(name).put_item(Item=wanted)
    elif there is not None:
        table(name).delete_item(Key=key_of(name, there))


# What can be found in the tables.


def is_journal(kind: str) -> Callable[[Item], bool]:
    return lambda item: item["kind"] == kind


def is_posting(prefix: str, kind: str) -> Callable[[Item], bool]:
    return lambda item: (
        item["account_shard"].startswith(prefix)
        and item["account_shard"].endswith("#p")
        and item["kind"] == kind
    )


def is_entry(prefix: str, kind: str = "payment") -> Callable[[Item], bool]:
    return lambda item: (
        item["account_shard"].startswith(prefix) and "#e" in item["account_shard"] and item["kind"] == kind
    )


def is_last_posting(item: Item) -> bool:
    return bool(item["account_shard"] == f"{PAYEE}#p" and item["kind"] == "transfer")


def is_account(prefix: str) -> Callable[[Item], bool]:
    return lambda item: item["account_id"].startswith(prefix)


def is_hold(status: str) -> Callable[[Item], bool]:
    return lambda item: item["status"] == status


def name_of(table_name: str, item: Item) -> str:
    """How verification names an item."""
    if table_name != "ledger-entries":
        return str(item[KEYS[table_name][0]])
    account_id, _, part = item["account_shard"].rpartition("#")
    return f"{account_id}#{item['seq']}" if part == "p" else f"{account_id}#{item['entry_key']}"


# What somebody may do to them.

Change = Callable[[Item], Item | None]


def more(field: str, by: int = 1) -> Change:
    return lambda item: {**item, field: item[field] + by}


def other(field: str, value: Any) -> Change:
    return lambda item: {**item, field: value}


def without(field: str) -> Change:
    return lambda item: {name: value for name, value in item.items() if name != field}


def deleted(_: Item) -> None:
    return None


def in_json(field: str, change: Callable[[Any], Any]) -> Change:
    return lambda item: {**item, field: json.dumps(change(json.loads(item[field])))}


def one_leg(legs: list[Any]) -> list[Any]:
    return [[legs[0][0], legs[0][1] - 1], *legs[1:]]


def two_legs(legs: list[Any]) -> list[Any]:
    return [[legs[0][0], legs[0][1] - 1], [legs[1][0], legs[1][1] + 1], *legs[2:]]


def rewritten(item: Item) -> Item:
    """By one who knows how to make the digest agree."""
    legs = two_legs(json.loads(item["legs"]))
    content = {name: value for name, value in item.items() if name != "digest"} | {"legs": legs}
    return {**item, "legs": json.dumps(legs), "digest": ids.digest(content)}


@dataclass(frozen=True)
class Alteration:
    """What is done to which item, and what is named then where that is not the item itself."""

    table: str
    which: Callable[[Item], bool]
    change: Change
    names: str | None = None


def of_journals(change: Change, kind: str = "payment") -> Alteration:
    return Alteration("ledger-journals", is_journal(kind), change)


def of_postings(prefix: str, kind: str, change: Change) -> Alteration:
    return Alteration("ledger-entries", is_posting(prefix, kind), change)


def of_entries(change: Change, prefix: str = "stl_", kind: str = "payment") -> Alteration:
    return Alteration("ledger-entries", is_entry(prefix, kind), change)


def of_accounts(prefix: str, change: Change) -> Alteration:
    return Alteration("ledger-accounts", is_account(prefix), change)


def of_holds(status: str, change: Change, names: str | None = None) -> Alteration:
    return Alteration("ledger-holds", is_hold(status), change, names)


ALTERATIONS = {
    "a journal's leg": of_journals(in_json("legs", one_leg)),
    "a journal's legs that are no JSON": of_journals(other("legs", "[")),
    "two legs of a journal": of_journals(in_json("legs", two_legs)),
    "a journal's legs and digest": of_journals(rewritten),
    "a transfer's legs and digest": of_journals(rewritten, "transfer"),
    "a journal's kind": of_journals(other("kind", "refund")),
    "a journal's reference": of_journals(other("reference", "for nothing")),
    "a journal's currency": of_journals(other("currency", "USD")),
    "a journal's booking time": of_journals(other("booked_at", NOWHERE)),
    "a journal's digest": of_journals(other("digest", "0" * 64)),
    "a journal deleted": of_journals(deleted),
    "a wallet posting's amount": of_postings("wal_", "payment", more("amount")),
    "a wallet posting's balance": of_postings("wal_", "payment", more("balance_after")),
    "a wallet posting's counterparty": of_postings("wal_", "payment", other("counterparty", "stl_1")),
    "a wallet posting's reference": of_postings("wal_", "payment", other("reference", "for nothing")),
    "a wallet posting's kind": of_postings("wal_", "payment", other("kind", "refund")),
    "a wallet posting's booking time": of_postings("wal_", "payment", other("booked_at", NOWHERE)),
    "a wallet posting's journal": of_postings("wal_", "payment", other("journal_id", "jrn_000001")),
    "a wallet posting's count": of_postings("wal_", "payment", more("journal_count")),
    "a wallet posting deleted": of_postings("wal_", "payment", deleted),
    "a wallet's last posting deleted": Alteration("ledger-entries", is_last_posting, deleted, names=PAYEE),
    "a posting's lines that are no JSON": of_postings("int_", "applied", other("lines", "[")),
    "a settlement posting's amount": of_postings("stl_", "applied", more("amount")),
    "a settlement posting's balance": of_postings("stl_", "applied", more("balance_after")),
    "a settlement posting's count": of_postings("stl_", "applied", more("journal_count")),
    "a settlement posting's booking time": of_postings("stl_", "applied", other("booked_at", NOWHERE)),
    "a settlement posting's kind": of_postings("stl_", "applied", other("kind", "refund")),
    "a settlement posting deleted": of_postings("stl_", "applied", deleted),
    "a settlement debit's posting deleted": of_postings("stl_", "refund", deleted),
    "a posting's line": of_postings("int_", "applied", in_json("lines", one_leg)),
    "two lines of a posting": of_postings("int_fees", "applied", in_json("lines", two_legs)),
    "a posting without a line": of_postings("int_fees", "applied", in_json("lines", lambda all: all[1:])),
    "a posting without lines": of_postings("int_", "applied", without("lines")),
    "an internal posting's amount": of_postings("int_", "applied", more("amount")),
    "an internal posting deleted": Alteration(
        "ledger-entries", is_posting("int_", "applied"), deleted, names="int_fees_CNY"
    ),
    "an entry's amount": of_entries(more("amount")),
    "an entry's balance": of_entries(more("balance_after")),
    "an entry's step": Alteration("ledger-entries", is_entry("stl_"), more("seq"), names=f"{SHOP}#2"),
    "an entry's counterparty": of_entries(other("counterparty", "wal_000002")),
    "an entry's reference": of_entries(other("reference", "for nothing")),
    "an entry's kind": of_entries(other("kind", "refund")),
    "an entry's booking time": of_entries(other("booked_at", NOWHERE)),
    "a debit's entry's amount": of_entries(more("amount"), kind="refund"),
    "a mark's amount": of_entries(more("amount"), "int_"),
    "a mark's balance": of_entries(more("balance_after"), "int_"),
    "an account's balance": of_accounts("wal_", more("balance")),
    "an account's balance and availability": of_accounts(
        "wal_", lambda item: {**item, "balance": item["balance"] + 1, "available": item["available"] + 1}
    ),
    "a shop's balance": of_accounts("stl_", more("balance")),
    "an account's availability": of_accounts("wal_", more("available")),
    "an account's holds": of_accounts("wal_", more("held")),
    "an account's holds and availability": of_accounts(
        "wal_", lambda item: {**item, "held": item["held"] - 1, "available": item["available"] + 1}
    ),
    "an account's step": of_accounts("wal_", more("version")),
    "an account set a step back": of_accounts("stl_", more("version", -1)),
    "an account's booking time": of_accounts("wal_", other("booked_at", NOWHERE)),
    "an account's kind": of_accounts("wal_", other("kind", "settlement")),
    "an account's currency": of_accounts("wal_", other("currency", "USD")),
    "points in another lot": of_accounts("pts_", other("lt", "2603:21|pay_points=2602:60|16")),
    "a reservation of points": of_accounts("pts_", other("lt", "2603:20|pay_points=2602:59|16")),
    "a reservation of points that is forgotten": of_accounts("pts_", other("lt", "2603:20||16")),
    "lots of points that are gone": of_accounts("pts_", without("lt")),
    "points more": of_accounts("pts_", more("balance")),
    "an account deleted": of_accounts("wal_", deleted),
    "a shop deleted": of_accounts("stl_", deleted),
    "an open hold's amount": of_holds("held", more("amount"), names=PAYER),
    "an open hold deleted": of_holds("held", deleted, names=PAYER),
    "an open hold's account": of_holds("held", other("account_id", PAYEE), names=PAYEE),
    "an open hold said to be voided": of_holds("held", other("status", "voided")),
    "an ended hold's amount": of_holds("voided", more("amount")),
    "what a hold captured": of_holds("captured", more("captured")),
    "when an open hold expires": of_holds("held", other("expires_at", "2020-01-01T00:00:00.000000Z")),
    "what an ended hold was for": of_holds("voided", other("reference", "pay_other")),
    "where an open hold is found": of_holds("held", other("open_shard", "open#none")),
    "whose an ended hold was": of_holds("voided", other("account_id", PAYEE)),
    "the journal that captured a hold": of_holds("captured", other("journal_id", "jrn_other")),
    "what a hold returned": of_holds("captured", more("returned")),
    "a captured hold opened again": of_holds("captured", other("status", "held"), names="hld_captured"),
    "a hold that expired said to be captured": of_holds("voided", other("status", "captured")),
}
