"""Somebody who writes to tables past all functions, at the end of a history: each alteration has to be named.

The insider knows the code and makes every digest fit; what they have not is the key that signs. An alteration
is planted, the verification of its table's owner runs, and it is named where that tells of what was altered;
then everything is put back. What nobody can name: docs/security.md, "Who could still alter what".
"""

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from audit import app, domain
from audit.adapters import object_store
from audit.service import anchoring, chaining, entries, verifying
from audit.settings import settings
from audit.tables import BLOCK, BlockRow, DayRow, days_of, record_of
from bank import clock, ledger
from bank.access.clients import ClientRow
from bank.access.organisation import UnitRow
from bank.control.audit import AuditEntryRow
from bank.ledger import AccountRow, HoldRow, JournalRow, PayeeRow, growing, verification
from bank.ledger.tables import EntryRow
from bank.risk.tables import LiveRow, live_key
from staff.tables import CustomRoleRow, MemberRow
from tests.simulation.world import STEPS, World
from tests.support import embedded
from tests.support.http import context

# What an alteration is of, and whose verification has to name it: the audit trail's, or the ledger's.
AUDIT, LEDGER = "audit", "ledger"
ENTRIES = AuditEntryRow.Meta.table_name


@dataclass(frozen=True)
class Alteration:
    """Something that an insider does; `plant` answers ids, one of which has to be named, or none."""

    name: str
    by: str
    plant: Callable[["Insider"], set[str]]


class Insider:
    """Hands in the tables of a history that has ended."""

    def __init__(self, world: World) -> None:
        self.random = world.random
        self._heard = embedded.change_count(ENTRIES)

    def rows(self, model: type[Any], what: Callable[[Any], bool] = lambda _: True) -> list[Any]:
        """What a table holds, in the order of its keys."""
        found = [row for row in model.scan() if what(row)]
        return sorted(found, key=lambda row: sorted(key_of(row).items()))

    def one(self, model: type[Any], what: Callable[[Any], bool] = lambda _: True) -> Any:
        """One of them, drawn; None where there is none."""
        found = self.rows(model, what)
        return self.random.choice(found) if found else None

    def put(self, row: Any) -> None:
        """Write a row as it is, without any condition."""
        item = row.serialize()
        for value in item.values():
            if "B" in value:
                value["B"] = base64.b64encode(value["B"]).decode()
        embedded.put(row.Meta.table_name, item)

    def remove(self, row: Any) -> None:
        """Delete a row."""
        embedded.delete(row.Meta.table_name, key_of(row))

    def heard(self) -> None:
        """The chain hears from the stream what was done to entries."""
        records = embedded.change_records(ENTRIES, self._heard)
        self._heard += len(records)
        app.on_entries({"Records": records}, context())


def key_of(row: Any) -> dict[str, str]:
    """The key of a row, by attribute."""
    names = [
        name for name, each in type(row).get_attributes().items() if each.is_hash_key or each.is_range_key
    ]
    return {name: getattr(row, name) for name in sorted(names)}


def named(seed: int, steps: int = STEPS) -> dict[str, bool | None]:
    """Of each alteration whether it was named in this history; None where there was nothing to alter."""
    found: dict[str, bool | None] = {}

    def alter(world: World) -> None:
        # Up to the last anchor: what is after it may be cut off unseen for five minutes.
        anchoring.anchor()
        for alteration in ALTERATIONS:
            with put_back():
                found[alteration.name] = _named(alteration, Insider(world))

    World(seed, steps).run(then=alter)
    return found


@contextmanager
def put_back() -> Iterator[None]:
    """Afterwards tables and bucket hold what they held, and no process knows of what came in between."""
    tables, stored = embedded.snapshot(), set(_stored())
    try:
        yield
    finally:
        embedded.restore(tables)
        for key, version_id in set(_stored()) - stored:
            object_store.client().delete_object(Bucket=settings.bucket, Key=key, VersionId=version_id)
        chaining.forget()


def _stored() -> Iterator[tuple[str, str]]:
    """Every version of an anchor, and every deletion of one."""
    listed = object_store.client().list_object_versions(Bucket=settings.bucket)
    for each in [*listed.get("Versions", []), *listed.get("DeleteMarkers", [])]:
        yield each["Key"], each["VersionId"]


def _named(alteration: Alteration, insider: Insider) -> bool | None:
    planted = alteration.plant(insider)
    if not planted:
        return None
    report = verifying.verify() if alteration.by == AUDIT else verification.verify()
    # What a stream could bring is late for a day, and then lost.
    found = [*report["differences"], *report.get("late", [])]
    return any(name in json.dumps(each) for name in planted for each in found)


# The audit trail -----------------------------------------------------------------------------------


def _remove_entry(insider: Insider) -> set[str]:
    row = insider.one(AuditEntryRow)
    insider.remove(row)
    return {row.entry_id}


def _rewrite_entry(insider: Insider) -> set[str]:
    row = insider.one(AuditEntryRow)
    name = insider.random.choice(["actor", "action", "subject_id", "at", "unit_id", "reason"])
    setattr(row, name, "something else")
    insider.put(row)
    return {row.entry_id}


def _overwrite_entry(insider: Insider) -> set[str]:
    """One act's entry says what another one says."""
    first, other = insider.random.sample(insider.rows(AuditEntryRow), 2)
    overwritten = AuditEntryRow(**{**other.attribute_values, "entry_id": first.entry_id})
    insider.put(overwritten)
    return {first.entry_id}


def _put_entry_back(insider: Insider) -> set[str]:
    """Gone for a while, and there again to the byte: the stream told the chain."""
    row = insider.one(AuditEntryRow)
    insider.remove(row)
    insider.heard()
    insider.put(row)
    insider.heard()
    return {row.entry_id}


def _blocks(insider: Insider, least: int = 1) -> list[Any]:
    """The blocks of a day that has so many."""
    rows = insider.rows(BlockRow, lambda row: row.record.startswith(BLOCK))
    days = {row.day: [each for each in rows if each.day == row.day] for row in rows}
    enough = [blocks for blocks in days.values() if len(blocks) >= least]
    return insider.random.choice(enough) if enough else []


def _named_block(row: Any) -> str:
    return f"{row.day}/{int(row.seq)}"


def _rewritten(block: domain.Block, content: list[domain.Entry]) -> Any:
    """The block with other entries and every digest right; with the signature that it had."""
    made = domain.block(
        day=block.day,
        seq=block.seq,
        previous=block.previous,
        created_at=block.created_at,
        entries=content,
        next_day=block.next_day,
    )
    return BlockRow.of(replace(made, signature=block.signature))


def _rewrite_newest_block(insider: Insider) -> set[str]:
    """Nothing follows it whose link would break, and no anchor holds it yet."""
    late = {"id": "evt_late", "at": clock.instant(), "what": entries.DECISION}
    chaining.Appender(insider.random.randrange(domain.LANES)).append([late])
    row = insider.one(BlockRow, lambda row: bytes(row.ids or b"") == domain.id_digest(late["id"]))
    insider.put(_rewritten(row.to_domain(), [{**late, "at": "2026-11-29T00:00:00.000000Z"}]))
    return {_named_block(row)}


def _reorder_entries(insider: Insider) -> set[str]:
    row = insider.one(BlockRow, lambda row: row.record.startswith(BLOCK) and row.entry_count > 1)
    if row is None:
        return set()
    found = row.to_domain().entries
    found[0], found[-1] = found[-1], found[0]
    insider.put(_rewritten(row.to_domain(), found))
    return {_named_block(row)}


def _remove_block(insider: Insider) -> set[str]:
    row = insider.random.choice(_blocks(insider))
    insider.remove(row)
    return {_named_block(row)}


def _reorder_blocks(insider: Insider) -> set[str]:
    blocks = _blocks(insider, 2)
    if not blocks:
        return set()
    first, second = insider.random.sample(blocks, 2)
    places = first.record, second.record
    second.record, first.record = places
    insider.put(first)
    insider.put(second)
    return {_named_block(first), _named_block(second)}


def _insert_block(insider: Insider) -> set[str]:
    blocks = _blocks(insider)
    last = blocks[-1].to_domain()
    entry = {"id": "evt_forged", "at": last.created_at, "what": "decision"}
    made = domain.block(
        day=last.day, seq=last.seq + 1, previous=last.hash, created_at=last.created_at, entries=[entry]
    )
    insider.put(BlockRow.of(made))
    return {f"{last.day}/{last.seq + 1}"}


def _cut_tail(insider: Insider) -> set[str]:
    """Of a day whose head is anchored: any number of its last blocks."""
    blocks = _blocks(insider)
    count = insider.random.randint(1, len(blocks))
    for row in blocks[-count:]:
        insider.remove(row)
    return {blocks[-1].day}


def _lanes(insider: Insider) -> list[list[Any]]:
    """The lanes' days that have blocks, each as its blocks."""
    days: dict[str, list[Any]] = {}
    for row in insider.rows(BlockRow, lambda row: row.record.startswith(BLOCK)):
        days.setdefault(row.day, []).append(row)
    return list(days.values())


def _chained_again(insider: Insider) -> set[str]:
    """Under the id of a decision that is chained, and in any lane: the earlier one hides nothing."""
    first = {"id": "evt_again", "at": clock.instant(), "what": entries.DECISION, "type": "x", "data": {}}
    for lane, entry in enumerate([first, {**first, "data": {"amount": 1}}]):
        chaining.Appender(lane * insider.random.randrange(domain.LANES)).append([entry])
    return {"evt_again"}


def _remove_lane(insider: Insider) -> set[str]:
    """With all that says that it was ever begun, in the tables."""
    lane = domain.lane_of(insider.random.choice(_lanes(insider))[0].day)[1]
    days = [blocks for blocks in _lanes(insider) if domain.lane_of(blocks[0].day)[1] == lane]
    for row in [*(row for blocks in days for row in blocks), *DayRow.query(days_of(lane))]:
        insider.remove(row)
    return {_named_block(days[-1][-1])}


def _move_block(insider: Insider) -> set[str]:
    """The last block of a lane's day becomes the last one of another's."""
    lanes = _lanes(insider)
    if len(lanes) < 2:
        return set()
    here, there = insider.random.sample(lanes, 2)
    row, last = here[-1], there[-1]
    insider.remove(row)
    row.day, row.record = last.day, record_of(int(last.seq) + 1)
    insider.put(row)
    return {f"{last.day}/{int(last.seq) + 1}"}


def _copy_block(insider: Insider) -> set[str]:
    """A lane's first block takes the place of another lane's first."""
    lanes = _lanes(insider)
    if len(lanes) < 2:
        return set()
    here, there = insider.random.sample(lanes, 2)
    row, other = here[0], there[0]
    row.day, row.record = other.day, other.record
    insider.put(row)
    return {_named_block(other)}


def _heads(insider: Insider) -> list[str]:
    keys = {key for key, _ in _stored() if key.startswith(object_store.HEADS)}
    return sorted(keys)


def _rewrite_heads(insider: Insider) -> set[str]:
    """Other heads go over those that the bank put."""
    key = insider.random.choice(_heads(insider))
    stored = json.loads(object_store.client().get_object(Bucket=settings.bucket, Key=key)["Body"].read())
    lanes = [[day, seq, domain.GENESIS] for day, seq, _ in stored["lanes"]]
    _put_object(key, {**stored, "lanes": lanes})
    return {key}


def _put_heads_in(insider: Insider) -> set[str]:
    """Heads that nobody had anchored, as if the newest."""
    day = _heads(insider)[-1].split("/")[1]
    key = object_store.heads_key(day, 900)
    _put_object(key, {"day": day, "number": 900, "lanes": [], "ended": True, "previous": domain.GENESIS})
    return {key}


def _cover_heads(insider: Insider) -> set[str]:
    key = insider.random.choice(_heads(insider))
    object_store.client().delete_object(Bucket=settings.bucket, Key=key)
    return {key}


def _put_object(key: str, content: dict[str, Any]) -> None:
    object_store.client().put_object(Bucket=settings.bucket, Key=key, Body=json.dumps(content).encode())


# What authority rests on -----------------------------------------------------------------------------

BEFORE = "2026-01-01T00:00:00.000000Z"
THEIRS = {"bank_code": "1", "account_number": "*1", "holder_name": "x", "fingerprint": "f", "sealed": "s"}


def _role(insider: Insider) -> set[str]:
    """A role that nobody made, to be given like any other."""
    held = {"payments:write", "approvals:decide"}
    insider.put(
        CustomRoleRow(role_id="rol_forged", name="Clerk", permissions=held, created_at=BEFORE, created_by="x")
    )
    return {"rol_forged"}


def _member_of_staff(insider: Insider) -> set[str]:
    row = MemberRow(
        staff_id="stf_forged",
        login_name="x",
        display_name="x",
        unit_id="unit_head",
        status="active",
        created_at=BEFORE,
    )
    insider.put(row)
    return {row.staff_id}


def _unit(insider: Insider) -> set[str]:
    """A unit between the head office and nobody: whose records it sees is the insider's to say."""
    insider.put(UnitRow(unit_id="unit_forged", parent_id="unit_head", name="x", created_at=BEFORE))
    return {"unit_forged"}


def _client(insider: Insider) -> set[str]:
    row = ClientRow(
        client_id="cli_forged", name="x", scopes={"funding:write"}, status="active", created_at=BEFORE
    )
    insider.put(row)
    return {row.client_id}


def _live_rules(insider: Insider) -> set[str]:
    """Other rules judge a product, or some judge where none did."""
    insider.put(LiveRow(rules_key=live_key("benefit"), version="rls_forged", changed_at=BEFORE))
    return {live_key("benefit")}


def _payee(insider: Insider, **terms: Any) -> set[str]:
    """A merchant's money leaves on another day, or for the insider's bank."""
    row = insider.one(PayeeRow)
    if row is None:
        return set()
    for name, value in terms.items():
        setattr(row, name, value)
    insider.put(row)
    return {row.payee_id}


# The ledger ----------------------------------------------------------------------------------------


def _journal(insider: Insider, **facts: Any) -> set[str]:
    row = insider.one(JournalRow)
    insider.put(JournalRow.of(replace(row.to_domain(), **facts)))
    return {row.journal_id}


def _remove_journal(insider: Insider) -> set[str]:
    row = insider.one(JournalRow)
    insider.remove(row)
    return {row.journal_id}


def _more_money_in_a_journal(insider: Insider) -> set[str]:
    row = insider.one(JournalRow)
    legs = tuple(replace(leg, amount=leg.amount * 2) for leg in row.to_domain().legs)
    insider.put(JournalRow.of(replace(row.to_domain(), legs=legs)))
    return {row.journal_id}


def _account(insider: Insider, name: str) -> set[str]:
    row = insider.one(AccountRow)
    setattr(row, name, getattr(row, name) + insider.random.choice([-7, 1, 10_000]))
    insider.put(row)
    return {row.account_id}


def _balances_moved(insider: Insider) -> set[str]:
    """From one account to another, so that all sums stay: balance, available, and nothing else to show."""
    rows = [row for row in insider.rows(AccountRow) if not row.account_id.startswith(("int_", "pts_"))]
    first, second = insider.random.sample([row for row in rows if row.currency == rows[0].currency], 2)
    for row, amount in ((first, 5), (second, -5)):
        row.balance, row.available = row.balance + amount, row.available + amount
        insider.put(row)
    return {first.account_id}


def _part(insider: Insider) -> set[str]:
    """A row that looks like a part of an account, with nothing on it yet."""
    row = insider.one(AccountRow, lambda row: not growing.parts.is_further(row.account_id))
    insider.put(growing.further(row, 99))
    return {f"{row.account_id}~99"}


def _entry(insider: Insider) -> set[str]:
    row = insider.one(EntryRow)
    row.amount += 1
    insider.put(row)
    return {row.account_shard.split("#")[0]}


def _remove_statement_entry(insider: Insider) -> set[str]:
    row = insider.one(EntryRow)
    insider.remove(row)
    return {row.account_shard.split("#")[0]}


def _hold(insider: Insider) -> set[str]:
    row = insider.one(HoldRow)
    if row is None:
        return set()
    row.amount += 1
    insider.put(row)
    return {row.hold_id}


def _hold_payee(insider: Insider) -> set[str]:
    row = insider.one(HoldRow)
    if row is None:
        return set()
    row.payee_account_id = "wal_insider"
    insider.put(row)
    return {row.hold_id}


# Money on its way -------------------------------------------------------------------------------------


def _chained(insider: Insider, name: str, data: dict[str, Any]) -> None:
    """The chain has heard an event of an hour ago."""
    envelope = {
        "id": f"evt_{name}_{insider.random.random()}",
        "type": f"perkbank.{name}.v1",
        "subject": "-",
        "time": clock.instant(clock.now() - timedelta(hours=1)),
        "data": data,
    }
    chaining.append([entries.of_event(envelope)])


def _booked(record_id: str, currency: str, amounts: dict[str, int]) -> None:
    """A record's journal, as the code books it from rows that were made to fit."""
    journal_id = "jrn_" + record_id.partition("_")[2]
    facts = {"kind": "transfer", "reference": record_id, "currency": currency, "booked_at": clock.instant()}
    insert = JournalRow.of(ledger.journal(journal_id, amounts=amounts, **facts))
    embedded.put(JournalRow.Meta.table_name, insert.serialize())


def _held_for_the_insider(insider: Insider) -> set[str]:
    """Transfer, hold and all: the payee is another one when honest staff release it."""
    row = insider.one(AccountRow, lambda row: row.kind == "wallet")
    facts = {"amount": 700, "currency": row.currency, "from_account_id": row.account_id}
    held = {**facts, "transfer_id": "trf_held", "to_account_id": "wal_shop"}
    _chained(insider, "transfers.TransferHeldForReview", held)
    _booked("trf_held", row.currency, {row.account_id: -700, "wal_insider": 700})
    return {"trf_held"}


def _review_of_nobody(insider: Insider) -> set[str]:
    """A review's row calls it released."""
    data = {"case_id": "cas_1", "record_id": "trf_waiting", "product": "transfer", "decision": "release"}
    _chained(insider, "cases.ReviewDecided", data)
    return {"trf_waiting"}


def _refund_to_the_insider(insider: Insider) -> set[str]:
    """The payment, and what it says of its journal, name another payer."""
    _booked("pay_first", "CNY", {"wal_payer": -700, "stl_shop": 700})
    _booked("ref_second", "CNY", {"stl_shop": -700, "wal_insider": 700})
    data = {"payment_id": "pay_first", "refund_id": "ref_second", "amount": 700}
    _chained(insider, "payments.PaymentRefunded", data)
    return {"ref_second"}


ALTERATIONS = (
    Alteration("an entry is removed", AUDIT, _remove_entry),
    Alteration("an entry is rewritten", AUDIT, _rewrite_entry),
    Alteration("an entry is overwritten with another's content", AUDIT, _overwrite_entry),
    Alteration("an entry is removed and put back", AUDIT, _put_entry_back),
    Alteration("the newest block is rewritten", AUDIT, _rewrite_newest_block),
    Alteration("entries of a block change places", AUDIT, _reorder_entries),
    Alteration("a block is removed", AUDIT, _remove_block),
    Alteration("blocks change places", AUDIT, _reorder_blocks),
    Alteration("a block is put in", AUDIT, _insert_block),
    Alteration("a tail is cut off", AUDIT, _cut_tail),
    Alteration("a whole lane is removed", AUDIT, _remove_lane),
    Alteration("a block goes to another lane", AUDIT, _move_block),
    Alteration("a block takes the place of another lane's", AUDIT, _copy_block),
    Alteration("anchored heads are rewritten", AUDIT, _rewrite_heads),
    Alteration("heads are put in", AUDIT, _put_heads_in),
    Alteration("anchored heads are covered", AUDIT, _cover_heads),
    Alteration("a decision comes again with other content", AUDIT, _chained_again),
    Alteration("a journal is removed", AUDIT, _remove_journal),
    Alteration("a journal is somebody else's", AUDIT, lambda insider: _journal(insider, made_by="stf_other")),
    Alteration("a journal is for something else", AUDIT, lambda insider: _journal(insider, reference="x")),
    Alteration("a journal moves more", AUDIT, _more_money_in_a_journal),
    Alteration("a role is put in", AUDIT, _role),
    Alteration("a member of staff is put in", AUDIT, _member_of_staff),
    Alteration("a unit is put in", AUDIT, _unit),
    Alteration("a client is put in", AUDIT, _client),
    Alteration("other rules are live", AUDIT, _live_rules),
    Alteration("a payee is paid on another day", AUDIT, lambda insider: _payee(insider, days=99)),
    Alteration("a payee has another bank", AUDIT, lambda insider: _payee(insider, bank_account=THEIRS)),
    Alteration("money that was held goes to somebody else", AUDIT, _held_for_the_insider),
    Alteration("a review is decided by nobody", AUDIT, _review_of_nobody),
    Alteration("a refund goes to somebody else", AUDIT, _refund_to_the_insider),
    Alteration("a hold is for somebody else", LEDGER, _hold_payee),
    Alteration("a journal's removal, by the ledger", LEDGER, _remove_journal),
    Alteration("a journal moves more, by the ledger", LEDGER, _more_money_in_a_journal),
    Alteration("a balance is another one", LEDGER, lambda insider: _account(insider, "balance")),
    Alteration("more is available", LEDGER, lambda insider: _account(insider, "available")),
    Alteration("more is held", LEDGER, lambda insider: _account(insider, "held")),
    Alteration("money moves without a journal", LEDGER, _balances_moved),
    Alteration("a part of an account is put in", LEDGER, _part),
    Alteration("an entry of a statement is altered", LEDGER, _entry),
    Alteration("an entry of a statement is removed", LEDGER, _remove_statement_entry),
    Alteration("a hold is altered", LEDGER, _hold),
)
