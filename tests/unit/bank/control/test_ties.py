"""Who let whom in is kept whatever happens at the same time."""

import pytest

from bank import store
from bank.control import ties
from bank.store import Transaction
from tests.support.streams import Cloud

KEEPERS = ["stf_one", "stf_other", "stf_third"]


def tied() -> frozenset[str]:
    return ties.tied("stf_fresh", KEEPERS)


def begun(keeper: str) -> Transaction:
    """An act that has read who let them in, and writes yet."""
    transaction = Transaction()
    ties.tie(transaction, keeper, "stf_fresh")
    return transaction


@pytest.mark.parametrize("before", [[], ["stf_third"]], ids=["never let in", "let in before"])
def test_of_two_who_let_somebody_in_at_once_neither_is_forgotten(cloud: Cloud, before: list[str]) -> None:
    """Whoever writes second has read what is no more, and goes again; else the first would be lost."""
    for keeper in before:
        begun(keeper).commit()
    one, other = begun("stf_one"), begun("stf_other")

    one.commit()
    with pytest.raises(store.Stale):
        other.commit()
    assert tied() == {"stf_one", *before}

    begun("stf_other").commit()
    assert tied() == {"stf_one", "stf_other", *before}
