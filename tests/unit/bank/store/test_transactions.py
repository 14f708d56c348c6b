"""Transactions on moto: all or nothing, and whose error it is when a condition does not hold."""

import pytest
from botocore.exceptions import ClientError

from bank import store
from bank.store import AlreadyExists, Transaction
from tests.support.streams import Cloud
from tests.unit.bank.models import Job


class Refused(Exception):
    """A condition's error, with the row as it was."""


def refused(name: str) -> store.RefusedBy:
    return lambda item: Refused(name, item and item["left"]["N"])


def job(name: str, left: int = 0) -> Job:
    return Job(movement_id=name, left=left)


def stored() -> dict[str, int]:
    rows = store.get_many([(Job, name) for name in "abc"])
    return {row.movement_id: int(row.left) for row in rows if row}


def test_all_operations_of_a_transaction_happen(cloud: Cloud) -> None:
    store.put_many([job("a", 1), job("b", 2)])
    transaction = Transaction()
    transaction.check((Job, "a"), Job.left == 1, refused("check"))
    transaction.update((Job, "b"), [Job.left.set(Job.left + 5)], Job.left >= 2, refused("update"))
    transaction.create(job("c", 9))

    transaction.commit()

    assert len(transaction) == 3
    assert stored() == {"a": 1, "b": 7, "c": 9}


def test_the_first_refused_operation_gives_its_error_and_nothing_happens(cloud: Cloud) -> None:
    store.put_many([job("a", 1), job("b", 2)])
    transaction = Transaction()
    transaction.create(job("c", 9), refused("create"))
    transaction.update((Job, "b"), [Job.left.set(0)], Job.left >= 3, refused("update"))
    transaction.check((Job, "a"), Job.left == 0, refused("check"))

    with pytest.raises(Refused) as raised:
        transaction.commit()

    assert raised.value.args == ("update", "2")
    assert stored() == {"a": 1, "b": 2}


def test_a_check_that_fails_gives_its_error_with_the_row(cloud: Cloud) -> None:
    store.put_many([job("a", 1)])
    transaction = Transaction()
    transaction.check((Job, "a"), Job.left == 0, refused("check"))
    transaction.create(job("b"))

    with pytest.raises(Refused) as raised:
        transaction.commit()

    assert raised.value.args == ("check", "1")
    assert stored() == {"a": 1}


def test_two_operations_on_one_item_are_the_callers_mistake(cloud: Cloud) -> None:
    transaction = Transaction()
    transaction.create(job("a", 1))
    transaction.create(job("a", 2))

    with pytest.raises(ClientError):
        transaction.commit()

    assert stored() == {}


def test_a_record_that_is_there_already_comes_with_the_error(cloud: Cloud) -> None:
    store.put_many([job("a", 1)])
    transaction = Transaction()
    transaction.create(job("a", 9))

    with pytest.raises(AlreadyExists) as raised:
        transaction.commit()

    assert raised.value.item
    assert Job.from_item(raised.value.item).left == 1
    assert stored() == {"a": 1}


def test_an_update_of_a_row_that_is_not_there_is_refused_with_none(cloud: Cloud) -> None:
    transaction = Transaction()
    transaction.update((Job, "a"), [Job.left.set(1)], Job.left >= 0, refused("update"))

    with pytest.raises(Refused) as raised:
        transaction.commit()

    assert raised.value.args == ("update", None)
    assert stored() == {}


@pytest.mark.parametrize("operations", [0, store.TRANSACTION_LIMIT + 1])
def test_a_transaction_has_at_least_one_and_at_most_a_hundred_operations(operations: int) -> None:
    transaction = Transaction()
    for number in range(operations):
        transaction.create(job(f"job_{number}"))

    with pytest.raises(AssertionError):
        transaction.commit()
