"""Every operation x everybody who must be kept out of it: 401, 403 or 404 as it is classified."""

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from bank import clock, store
from bank.access import organisation, signing
from bank.access.acts import Effect, Trace
from bank.access.principal import Kind
from bank.access.scopes import SCOPES
from bank.control.audit import AuditEntryRow
from infra.contract import ROOT, rooms
from tests.contract import bank_of_others as bank
from tests.contract.authorisation import RULES, Class
from tests.support import embedded, forging, http

OPERATIONS = {operation.name: operation for _, operation in rooms.operations()}
ROOM_OF = {operation.name: room for room, operation in rooms.operations()}
GUARDED = sorted(name for name, operation in OPERATIONS.items() if operation.scope)
JUDGED = sorted(
    name
    for name, rule in RULES.items()
    if rule.what in (Class.RECORD, Class.LIST, Class.BANK) and not rule.shown_in
)
# Those of the bank's own that no record of the matrix shows.
BANKS_OWN = sorted(name for name, rule in RULES.items() if rule.what is Class.BANK and rule.shown_in)
ANOTHER_KEY = RSAKey.generate_key(2048, {"kid": "another"})
# The error of an owner who may see the record, though there is nothing to do or read yet.
FINE = {"get_batch_results": 409}


@pytest.fixture(scope="module")
def gate() -> Iterator[None]:
    """A bank with nothing in it."""
    with pytest.MonkeyPatch.context() as monkeypatch, bank.running(monkeypatch):
        yield


@pytest.fixture(scope="module")
def records() -> Iterator[bank.Records]:
    """A bank with the owner's records in it. Strangers change nothing, so that all cases share it."""
    with pytest.MonkeyPatch.context() as monkeypatch, bank.running(monkeypatch):
        yield bank.Records()


@pytest.fixture
def fresh(records: bank.Records) -> Iterator[bank.Records]:
    """The same for an owner, who does change what is there: it is put back."""
    before = embedded.snapshot()
    yield records
    embedded.restore(before)
    organisation.forget()


def test_every_operation_is_classified() -> None:
    """Whoever adds a route says here whose it is."""
    assert RULES.keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", sorted(RULES))
def test_a_route_declares_the_callers_that_it_is_classified_for(name: str) -> None:
    rule, operation = RULES[name], OPERATIONS[name]

    assert frozenset(operation.callers) == rule.callers
    assert (operation.scope is None) == (rule.what is Class.PUBLIC)
    if rule.what is Class.SELF:
        assert rule.callers == {Kind.CUSTOMER}


def test_what_is_not_shown_here_is_shown_by_the_rooms_own_tests() -> None:
    for name, rule in RULES.items():
        if rule.shown_in:
            text = Path(ROOT / rule.shown_in).read_text()
            refuses = re.search(r"\b40[134]\b", text) or rule.what is Class.LIST
            assert refuses, f"{name}: {rule.shown_in} refuses nobody"


# Without a good token ----------------------------------------------------------------------------


def _forged() -> dict[str, str | None]:
    """No token, and tokens that are none."""
    good = bank.token(bank_wide=True)
    header, claims = forging.parts(good)
    head, payload, signature = good.split(".")
    stranger = forging.signed(ANOTHER_KEY, claims)
    altered = forging.encoded(json.dumps({**claims, "sub": "root"}).encode())
    public = signing.public_keys(Kind.CHANNEL).keys[0].as_bytes("DER", private=False)
    of_customers = forging.unsigned({**header, "kid": signing.kid(Kind.CUSTOMER)}, claims)
    by_theirs = forging.encoded(signing.sign(of_customers.encode(), Kind.CUSTOMER))
    now = clock.now()
    with clock.source(lambda: now - timedelta(hours=1)):
        expired = bank.token(bank_wide=True)
    return {
        "no token": None,
        "garbage": "garbage",
        "expired": expired,
        "alg none": f"{forging.unsigned({**header, 'alg': 'none'}, claims)}.",
        "alg HS256 with the public key": forging.with_hmac(header, claims, public),
        "other claims": f"{head}.{altered}.{signature}",
        "other signature": f"{head}.{payload}.{'A' if signature[0] != 'A' else 'B'}{signature[1:]}",
        "another key": stranger,
        "the customers' key": f"{of_customers}.{by_theirs}",
        "another key by the bank's name": f"{forging.unsigned(header, claims)}.{stranger.split('.')[2]}",
    }


@pytest.mark.parametrize("name", GUARDED)
def test_without_a_good_token_it_is_a_401(gate: None, name: str) -> None:
    for case, bearer in _forged().items():
        assert bank.send(OPERATIONS[name], bearer).status == 401, case


@pytest.mark.parametrize("name", GUARDED)
def test_without_the_scope_it_is_a_403_at_the_gateway_or_behind_it(gate: None, name: str) -> None:
    operation = OPERATIONS[name]
    others = sorted(SCOPES.keys() - {operation.scope})
    kind = operation.callers[0]
    unit = {"unit": "unit_head"} if kind is Kind.STAFF else {}
    claims = {} if kind is Kind.CHANNEL else {"kind": kind, "subject": "cus_1", **unit}

    assert bank.send(operation, bank.token(scopes=others, **claims)).status == 403
    assert bank.send(operation, bank.token(scopes=[], **claims)).status == 403
    # And in the room itself, whatever the gateway would let through.
    principal = {"client_id": "cli_app", "subject": "cus_1", "kind": kind.value, "session": http.SESSION}
    answer = bank.inside(operation, {**principal, "unit": "unit_head", "scope": " ".join(others)})
    assert (answer.status, answer.json["code"]) == (403, "insufficient_scope")


@pytest.mark.parametrize("name", GUARDED)
def test_who_it_is_not_for_gets_a_403_whatever_the_scopes(gate: None, name: str) -> None:
    operation = OPERATIONS[name]
    bearers = {
        Kind.CHANNEL: bank.channel("cli_core", bank_wide=True),
        Kind.CUSTOMER: bank.customer("cus_1"),
        Kind.STAFF: bank.staff("unit_head"),
    }
    for kind in frozenset(Kind) - frozenset(operation.callers):
        answer = bank.send(operation, bearers[kind])
        assert (answer.status, answer.json["code"]) == (403, "caller_kind"), kind


# Whose it is -------------------------------------------------------------------------------------


def _ask(records: bank.Records, name: str, bearer: str, key: str = "key-1") -> http.Reply:
    rule, operation = RULES[name], OPERATIONS[name]
    return bank.send(
        operation,
        bearer,
        path=records.named(rule.path or operation.path),
        body=records.named(rule.body),
        query=records.named(rule.query),
        key=key,
    )


@pytest.mark.parametrize("who", ["other channel", "other customer", "other branch", "no unit"])
@pytest.mark.parametrize("name", JUDGED)
def test_to_a_stranger_it_does_not_exist(records: bank.Records, name: str, who: str) -> None:
    kind, bearer = bank.strangers()[who]
    rule, answer = RULES[name], _ask(records, name, bearer)

    if kind not in rule.callers:
        assert (answer.status, answer.json["code"]) == (403, "caller_kind")
    elif rule.what is Class.LIST:
        assert (answer.status, answer.json) == (200, {"items": [], "next_cursor": None})
    else:
        assert answer.status == 404, answer.body


@pytest.mark.parametrize("name", JUDGED)
def test_to_its_owners_it_does(fresh: bank.Records, name: str) -> None:
    """The control: what answers 404 to strangers is there. One owner acts, every owner reads."""
    rule, operation = RULES[name], OPERATIONS[name]
    if rule.what is Class.BANK:
        bearers = [bank.channel("cli_core", bank_wide=True), bank.staff("unit_head")]
    else:
        bearers = [each for kind in Kind if kind in rule.callers for each in bank.owners().get(kind, [])]
    asked = bearers if operation.method == "GET" else bearers[:1]
    for number, bearer in enumerate(asked):
        answer = _ask(fresh, name, bearer, key=f"owner-{number}")
        assert answer.status in (200, 201, 202, FINE.get(name)), answer.body
        if rule.what is Class.LIST:
            assert answer.json["items"]


def _leaves_an_entry(name: str) -> bool:
    act = OPERATIONS[name].act
    return act is not None and act.trace is Trace.ENTRY


@pytest.mark.parametrize("name", [name for name in JUDGED if _leaves_an_entry(name)])
def test_who_did_it_stands_in_the_audit_trail(fresh: bank.Records, name: str) -> None:
    kind = next(kind for kind in Kind if kind in RULES[name].callers)
    bearer = bank.channel("cli_core", bank_wide=True) if kind is Kind.CHANNEL else bank.owners()[kind][-1]
    before = {entry.entry_id for entry in AuditEntryRow.scan()}

    _ask(fresh, name, bearer)

    new = [entry for entry in AuditEntryRow.scan() if entry.entry_id not in before]
    assert new
    assert {(entry.actor, entry.actor_kind) for entry in new} == {
        ("cli_core", "channel") if kind is Kind.CHANNEL else ("stf_1", "staff")
    }


def _moves_money(name: str) -> bool:
    act = OPERATIONS[name].act
    return act is not None and act.effect is Effect.MONEY


@pytest.mark.parametrize("name", [name for name in JUDGED if _moves_money(name)])
def test_who_moved_money_stands_in_the_record_of_it(fresh: bank.Records, name: str) -> None:
    """A member of staff by themselves, not by the channel that they came through."""
    staff = Kind.STAFF in RULES[name].callers
    bearer = bank.owners()[Kind.STAFF][-1] if staff else bank.channel("cli_core", bank_wide=True)
    before = {repr(row) for row in _rows()}

    answer = _ask(fresh, name, bearer)

    assert answer.status in (200, 201, 202), answer.body
    new = [row for row in _rows() if repr(row) not in before]
    assert any({"S": "stf_1" if staff else "cli_core"} in row.values() for row in new)


def _rows() -> Iterator[dict[str, Any]]:
    """All that is written; sessions and the audit trail are no records of movements."""
    for table in store.client().list_tables()["TableNames"]:
        if not table.endswith(("audit-entries", "sessions")):
            yield from store.client().scan(TableName=table)["Items"]


@pytest.mark.parametrize("name", [name for name in JUDGED if RULES[name].what is Class.BANK])
def test_the_whole_banks_is_not_for_the_owner_of_some(records: bank.Records, name: str) -> None:
    for bearer in (bank.channel("cli_app", unit="unit_head"), bank.staff("unit_hz")):
        assert _ask(records, name, bearer).status == 404


@pytest.mark.parametrize("name", [name for name in BANKS_OWN if Kind.CHANNEL in RULES[name].callers])
def test_the_banks_own_is_not_for_channels_whatever_their_scopes(gate: None, name: str) -> None:
    """The room's sample, a request that is right in all else: what refuses a channel lets the bank by."""
    ordinary = {"client_id": "cli_app", "subject": "cli_app", "kind": "channel", "bank_wide": "false"}
    scope = {"scope": " ".join(SCOPES)}

    refused = bank.sampled(ROOM_OF[name], name, {**ordinary, **scope})
    control = bank.sampled(ROOM_OF[name], name, {**ordinary, **scope, "bank_wide": "true"})

    assert refused.status in (403, 404), refused.body
    assert (control.status, control.json.get("code")) != (refused.status, refused.json["code"]), control.body


@pytest.mark.parametrize("name", GUARDED)
def test_a_session_that_has_ended_is_a_401(gate: None, name: str) -> None:
    operation = OPERATIONS[name]
    for kind in frozenset(operation.callers) - {Kind.CHANNEL}:
        if operation.session_checked:
            continue
        principal = {"client_id": "cli_app", "subject": "cus_1", "kind": kind.value, "session": "ses_ended"}
        answer = bank.inside(operation, {**principal, "unit": "unit_head", "scope": str(operation.scope)})
        assert (answer.status, answer.json["code"]) == (401, "session_ended")


def test_the_classes_say_what_they_are_for() -> None:
    """A record or a list that no test looks at would be a promise."""
    for name, rule in RULES.items():
        if rule.what in (Class.RECORD, Class.LIST, Class.BANK):
            assert rule.shown_in or name in JUDGED
