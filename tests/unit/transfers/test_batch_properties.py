"""However a batch's messages are dealt out, repeated, reordered and broken off, its outcomes are the same."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.domain import clearing_account
from tests.unit.transfers.desk import Desk, csv_of
from transfers.domain import batch_file
from transfers.service import pay

LINES = 8
CHUNKS = 4

# Each delivery takes some chunks in some order, perhaps one twice, and may break off after some transfers.
DELIVERY = st.tuples(
    st.lists(st.integers(0, CHUNKS - 1), min_size=1, max_size=CHUNKS + 1),
    st.none() | st.integers(0, 6),
)
KINDS = st.lists(
    st.sampled_from(["bob", "carol", "closed", "nobody", "euros", "bad"]), min_size=LINES, max_size=LINES
)
EXPECTED = {
    "bob": ("succeeded", ""),
    "carol": ("succeeded", ""),
    "closed": ("declined", "account_closed"),
    "nobody": ("rejected", "account_not_found"),
    "euros": ("rejected", "currency_mismatch"),
    "banks": ("rejected", "account_kind"),
    "bad": ("rejected", "invalid_line"),
}


class Died(BaseException):
    """The process is gone."""


@pytest.fixture
def people(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Receivers by kind."""
    monkeypatch.setattr(batch_file, "CHUNK_LINES", LINES // CHUNKS)
    closed = desk.wallet()
    desk.change(closed, "close")
    return {
        "bob": desk.wallet(),
        "carol": desk.wallet(),
        "closed": closed,
        "nobody": "wal_nobody",
        "euros": desk.wallet(currency="EUR"),
        "banks": clearing_account("cli_test", "USD"),
        "bad": "not an id",
    }


@settings(max_examples=12)
@given(kinds=KINDS, deliveries=st.lists(DELIVERY, max_size=5))
def test_any_dealing_of_messages_gives_the_same_outcomes(
    desk: Desk, people: dict[str, str], kinds: list[str], deliveries: list[tuple[list[int], int | None]]
) -> None:
    amounts = [10 + number for number in range(LINES)]
    sender = desk.wallet(1_000)
    before = {name: desk.balance(people[name]) for name in ("bob", "carol")}
    content = csv_of(
        *((people[kind], amount, "USD", kind) for kind, amount in zip(kinds, amounts, strict=True))
    )
    answer = desk.announce(sender, LINES, sum(amounts), key=desk.key(), content=content)
    batch_id = answer.json["batch_id"]
    desk.bring(desk.upload(batch_id, content))
    bodies = desk.lines()

    for chunks, breaks_off in deliveries:
        deliver(desk, [bodies[chunk] for chunk in chunks], breaks_off)
    deliver(desk, bodies[::-1], None)

    results = desk.results(batch_id).body.split("\r\n")[1:-1]
    assert [tuple(line.split(",")[5:7]) for line in results] == [EXPECTED[kind] for kind in kinds]
    paid = {
        name: sum(amount for kind, amount in zip(kinds, amounts, strict=True) if kind == name)
        for name in before
    }
    assert {name: desk.balance(people[name]) - before[name] for name in before} == paid
    assert desk.balance(sender) == 1_000 - sum(paid.values())
    assert desk.batch(batch_id)["amounts"]["succeeded"] == sum(paid.values())


def deliver(desk: Desk, bodies: list[str], breaks_off: int | None) -> None:
    """One delivery; the process dies after `breaks_off` transfers, or one more where that is odd."""
    original, count = pay.transfer, 0

    def transfer(*, instruction: Any, **how: Any) -> Any:
        nonlocal count
        count += 1
        if breaks_off is not None and count > breaks_off:
            if breaks_off % 2:
                original(instruction=instruction, **how)
            raise Died
        return original(instruction=instruction, **how)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pay, "transfer", transfer)
        try:
            assert desk.pay(bodies) == []
        except Died:
            assert breaks_off is not None
