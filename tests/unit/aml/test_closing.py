"""A customer who has left is screened no more, and the record of it is kept for as long as the law wants."""

from aml import tables
from bank import clock, retention
from bank.privacy import closures
from tests.support import exported
from tests.unit.aml.desk import BANK, PETROV, Desk, deliver
from tests.unit.aml.test_screening import verified


def test_who_has_left_is_kept_for_their_time_and_screened_no_more(desk: Desk) -> None:
    desk.publish(BANK)
    for customer_id in ("cus_1", "cus_2"):
        desk.screen("Ivan Petrov", customer_id)
    desk.names()
    left = exported.event("cus_1", type_=closures.CLOSED, client_id="cli_app", unit_id="unit_head")
    for _ in range(2):
        assert exported.deliver("aml.app.on_verifications", left) == []

    desk.publish(PETROV)
    desk.settle()

    assert {event["customer_id"] for event in desk.published if event["name"] == "ScreeningCompleted"} == {
        "cus_2"
    }
    row = tables.subject("cus_1")
    assert row is not None
    assert row.closed_at
    assert int(row.purge_at) == retention.purge_at(retention.identity_until(clock.now()))


def test_a_name_that_is_told_of_after_they_have_left_is_kept_no_longer(desk: Desk) -> None:
    """Its event lay in the dead letters, and is redriven: they are screened that once, and never again."""
    desk.publish(BANK)
    left = exported.event("cus_7", type_=closures.CLOSED, client_id="cli_app", unit_id="unit_head")
    for _ in range(2):
        assert exported.deliver("aml.app.on_verifications", left) == []
    assert deliver("aml.app.on_verifications", [verified("Ivan Petrov")]) == {"batchItemFailures": []}
    desk.names()

    desk.publish(PETROV)

    assert "ScreeningCompleted" not in desk.names()
    row = tables.subject("cus_7")
    assert row is not None
    assert row.masked_name
    assert row.closed_at
    assert int(row.purge_at) == retention.purge_at(retention.identity_until(clock.now()))
