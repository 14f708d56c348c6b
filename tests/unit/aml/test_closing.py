"""A customer who has left is screened no more, and the record of it is kept for as long as the law wants."""

from aml import tables
from bank import clock, retention
from bank.privacy import closures
from tests.support import exported
from tests.unit.aml.desk import BANK, PETROV, Desk


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
