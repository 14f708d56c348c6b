"""Every operation that writes is classified, and what its class says holds: for each room that there is."""

import ast
import re

import pytest

from bank.access.acts import Act, Effect, Persons, Trace
from bank.access.principal import Kind
from bank.http import Operation
from infra.contract import ROOT, rooms
from tests.contract.authorisation import RULES, Class
from tests.support import cloudformation, reach

ACTS: dict[str, tuple[Operation, Act]] = {
    operation.name: (operation, operation.act) for _, operation in rooms.operations() if operation.act
}
MONEY = sorted(name for name, (_, act) in ACTS.items() if act.effect is Effect.MONEY)
ENTERED = sorted(name for name, (_, act) in ACTS.items() if act.trace is Trace.ENTRY)
APPROVED = sorted(name for name, (_, act) in ACTS.items() if act.persons is Persons.TWO and not act.proposed)
PROPOSED = sorted(name for name, (_, act) in ACTS.items() if act.proposed)
# Writing in no transaction, where no entry can be joined.
ALONE = {"save", "put_many", "put_item", "update_item", "delete_item", "batch_write_item"}


def test_what_writes_is_an_act_and_what_reads_is_none() -> None:
    for _, operation in rooms.operations():
        assert (operation.act is None) == (operation.method == "GET"), operation.name


@pytest.mark.parametrize("name", MONEY)
def test_what_moves_money_is_done_once_per_key_signed_and_told_by_its_record(name: str) -> None:
    operation, act = ACTS[name]

    assert operation.idempotent
    assert act.signed
    assert act.trace is Trace.RECORD


def test_whatever_takes_an_idempotency_key_of_necessity_is_signed() -> None:
    assert [name for name, (operation, act) in ACTS.items() if operation.idempotent and not act.signed] == []


def test_a_guard_or_a_door_of_the_whole_bank_is_for_people_alone() -> None:
    """A system of the bank has no session, no second factor, and nobody who answers for what it decided."""
    weighty = [name for name, (_, act) in ACTS.items() if act.effect in (Effect.GUARD, Effect.DOOR)]
    of_the_bank = [name for name in weighty if RULES[name].what is Class.BANK]

    assert {name: set(ACTS[name][0].callers) for name in of_the_bank} == {
        name: {Kind.STAFF} for name in of_the_bank
    }
    assert "add_to_list" in of_the_bank


def test_what_a_member_of_staff_does_alone_of_weight_says_why() -> None:
    """Alone, approved or approved twice: each act that moves money, lowers a guard or opens a door."""
    unsaid = [
        name
        for name, (operation, act) in ACTS.items()
        if act.effect is not Effect.RECORD and operation.scope and Kind.STAFF in operation.callers
        if act.persons is Persons.ONE and not act.why
    ]
    assert unsaid == []


def test_what_leaves_no_trace_says_what_tells_of_it() -> None:
    assert [name for name, (_, act) in ACTS.items() if act.trace is Trace.NONE and not act.why] == []


# Fields by which somebody proves who they are, and which can be guessed.
GUESSABLE = {
    *("password", "current_password", "payment_password", "current_payment_password", "initial_password"),
    *("code", "new_code", "totp", "recovery_code", "id_number"),
}


def test_what_takes_a_credential_has_an_entry_of_each_try() -> None:
    """A try is counted before it is judged, in a transaction; a refused one leaves no other record."""
    taking = {
        name: act.trace
        for name, (operation, act) in ACTS.items()
        if operation.body and GUESSABLE & operation.body.model_fields.keys()
    }

    assert {name: trace for name, trace in taking.items() if trace is not Trace.ENTRY} == {}
    assert {"issue_payment_token", "log_in", "log_in_staff", "unfreeze_my_wallet"} <= taking.keys()


def test_what_opens_a_door_has_an_entry_unless_it_says_what_else_tells_of_it() -> None:
    """The rows of what opens one are purged in a day, the entry stays."""
    untold = [
        name
        for name, (_, act) in ACTS.items()
        if act.effect in (Effect.DOOR, Effect.GUARD) and act.trace is not Trace.ENTRY and not act.why
    ]
    assert untold == []


def test_a_function_that_reaches_the_trail_may_write_it() -> None:
    """A consumer or a job whose entries are refused would fail for ever."""
    unable = [
        function.dotted
        for function in cloudformation.functions()
        if ("bank.control.audit", "record") in reach.places(function)
        and not re.search("-audit-writer|-audit-entries", _policies_of(function))
    ]
    assert unable == []


@pytest.mark.parametrize("name", APPROVED)
def test_what_takes_two_uses_up_an_approval(name: str) -> None:
    operation, _ = ACTS[name]

    assert ("bank.control.approval", "require") in reach.of_view(operation.tag, name)


@pytest.mark.parametrize("name", PROPOSED)
def test_what_is_proposed_writes_in_transactions_alone_and_its_room_may_submit_approvals(name: str) -> None:
    """The gate stops the act at its first transaction: whatever wrote before that would have been done."""
    operation, _ = ACTS[name]

    assert Kind.STAFF in operation.callers
    assert not _writes_alone(operation, name)
    assert "-approval-requester" in _policies(operation.tag)


@pytest.mark.parametrize("name", ENTERED)
def test_an_act_with_an_entry_writes_in_transactions_alone(name: str) -> None:
    operation, _ = ACTS[name]

    assert not _writes_alone(operation, name)


def _writes_alone(operation: Operation, name: str) -> list[str]:
    """The places that the view reaches which write in no transaction."""
    room = reach.modules(operation.tag)
    return [
        f"{module}.{place}"
        for module, place in sorted(reach.of_view(operation.tag, name))
        for node in (room[module].defined.get(place, ()) if module in room else ())
        if ALONE & {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}
    ]


@pytest.mark.parametrize(
    "room", sorted({operation.tag for operation, act in ACTS.values() if act.trace is Trace.ENTRY})
)
def test_a_room_whose_acts_have_entries_may_write_them(room: str) -> None:
    policies = _policies(room)

    assert "-audit-writer" in policies or "-audit-entries" in policies


def _policies(room: str) -> str:
    """The policies of the room's HTTP function, as its template has them."""
    (function,) = (each for each in cloudformation.functions() if each.room == room and each.is_http)
    return _policies_of(function)


def _policies_of(function: cloudformation.Function) -> str:
    template = (ROOT / "functions" / function.room / "template.yaml").read_text()
    of_function = re.split(r"(?m)^  \w+:\n", template.split(f"Handler: {function.dotted}\n")[1])[0]
    own = re.findall(r"!Ref (\w+Policy)", of_function)
    return of_function + "".join(template.split(f"  {policy}:\n")[1].split("\n\n")[0] for policy in own)
