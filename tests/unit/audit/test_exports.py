"""A customer's copy has what they did, and tries at their login; nothing that staff did."""

from audit.service import exports
from bank.control.audit import Actor
from tests.support.streams import Cloud
from tests.unit.audit.given import acted

APP = Actor("cli_app", "channel", "cli_app", source_ip="192.0.2.9")
OWN = Actor("cus_1", "customer", "cli_app", session="ses_1")


def test_own_acts_and_tries_at_the_door_are_given_once_each(cloud: Cloud) -> None:
    given = [
        acted("cus_1", actor=APP, action="customers.log_in"),
        acted("cus_1", actor=OWN, action="customers.logged_in"),
        acted("acc_1", actor=OWN, action="customers.wallet_frozen"),
        acted("cus_1", actor=APP, action="customers.send_code"),
    ]
    acted("cus_1", action="customers.unmasked")
    acted("cus_1", actor=APP, action="cases.comment_on_case")

    assert {row.entry_id for row in exports.acts("cus_1")} == set(given)
    assert len(exports.acts("cus_1")) == len(given)
