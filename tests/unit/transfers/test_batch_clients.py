"""A client that was stopped after it had announced a batch: nothing more is paid, and nothing is lost."""

from typing import Any

import pytest

from bank import clock, store
from bank.access.clients import ACTIVE, REVOKED, SUSPENDED, ClientRow
from tests.unit.transfers.desk import Desk, announced, counts, csv_of, rows, to_bob

pytestmark = pytest.mark.usefixtures("small_chunks")


def client_is(status: str) -> None:
    """Whoever calls in these tests is a client of this status."""
    about = {"name": "App", "scopes": {"transfers:write"}, "created_at": clock.instant()}
    ClientRow(client_id="cli_test", status=status, **about).save()


@pytest.mark.parametrize("status", [SUSPENDED, REVOKED])
def test_a_file_that_comes_after_its_client_was_stopped_is_rejected_and_told(
    desk: Desk, published: list[dict[str, Any]], status: str
) -> None:
    """The URL that it was given before is good for an hour."""
    client_is(ACTIVE)
    alice, bob, batch_lines = to_bob(desk, 4)
    batch_id = announced(desk, alice, batch_lines)
    client_is(status)

    assert desk.bring(desk.upload(batch_id, csv_of(*batch_lines))) == []

    assert desk.lines() == []
    assert counts(desk, batch_id)[0] == "rejected"
    assert desk.batch(batch_id)["rejection"]["code"] == "client_stopped"
    desk.deliver_events()
    [told] = [each for each in published if each["name"] == "TransferBatchRejected"]
    assert (told["batch_id"], told["code"]) == (batch_id, "client_stopped")
    assert (desk.balance(alice), desk.balance(bob)) == (40, 0)
    # Let in again, it announces it anew.
    client_is(ACTIVE)
    again = announced(desk, alice, batch_lines, key="b2")
    desk.run(again, csv_of(*batch_lines))
    assert counts(desk, again) == ("completed", {"succeeded": 4})


def test_lines_that_wait_when_their_client_is_stopped_are_declined_and_the_batch_ends(desk: Desk) -> None:
    client_is(ACTIVE)
    alice, bob, batch_lines = to_bob(desk, 7)
    batch_id = announced(desk, alice, [*batch_lines, (bob, 0, "USD", "nothing")])
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines, (bob, 0, "USD", "nothing"))))
    first, *others = sorted(desk.lines())
    desk.pay([first])
    client_is(SUSPENDED)

    assert desk.pay(others) == []

    assert counts(desk, batch_id) == ("completed", {"succeeded": 3, "declined": 4, "rejected": 1})
    outcome = [(row["outcome"], row["code"]) for row in rows(desk.results(batch_id))]
    assert outcome == [
        *[("succeeded", "")] * 3,
        *[("declined", "client_stopped")] * 4,
        ("rejected", "invalid_line"),
    ]
    assert (desk.balance(alice), desk.balance(bob)) == (40, 30)
    assert desk.sound()


def test_lines_that_were_paid_before_a_consumer_died_are_told_as_paid(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their client was stopped before the message came again: what was paid is not declined afterwards."""
    client_is(ACTIVE)
    alice, bob, batch_lines = to_bob(desk, 3)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    bodies = desk.lines()

    def die(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(store, "put_many", die)
        with pytest.raises(KeyboardInterrupt):
            desk.pay(bodies)
    client_is(REVOKED)

    assert desk.pay(bodies) == []

    assert counts(desk, batch_id) == ("completed", {"succeeded": 3})
    assert (desk.balance(alice), desk.balance(bob)) == (0, 30)


def test_lines_stay_declined_when_their_message_comes_again_after_a_reinstatement(desk: Desk) -> None:
    client_is(ACTIVE)
    alice, bob, batch_lines = to_bob(desk, 3)
    batch_id = announced(desk, alice, batch_lines)
    desk.bring(desk.upload(batch_id, csv_of(*batch_lines)))
    bodies = desk.lines()
    client_is(SUSPENDED)
    desk.pay(bodies)
    client_is(ACTIVE)

    desk.pay(bodies)

    assert counts(desk, batch_id) == ("completed", {"declined": 3})
    assert desk.balance(bob) == 0


def test_a_client_of_another_issuer_has_no_row_here_and_is_paid_for(desk: Desk) -> None:
    """Its issuer stops it: no token, no announcement."""
    alice, bob, batch_lines = to_bob(desk, 2)
    batch_id = announced(desk, alice, batch_lines)

    desk.run(batch_id, csv_of(*batch_lines))

    assert counts(desk, batch_id) == ("completed", {"succeeded": 2})
    assert desk.balance(bob) == 20
