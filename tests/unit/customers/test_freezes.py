"""The owner's own freeze of a wallet, beside those of others."""

import pytest

from accounts.app import app as accounts
from bank import ledger
from bank.control.audit import AuditEntryRow
from bank.ledger.wallets import wallet_id
from tests.support import http
from tests.support.http import Reply, call
from tests.unit.customers import desk
from tests.unit.customers.desk import PIN, In, Watch


@pytest.fixture
def customer(watch: Watch) -> In:
    """A customer with a payment password and a wallet."""
    found = desk.register(watch)
    found.set_pin()
    return found


def freeze(customer: In) -> Reply:
    return customer.call("POST", "/me/wallets/CNY/freeze")


def unfreeze(customer: In, pin: str = PIN) -> Reply:
    return customer.call("POST", "/me/wallets/CNY/unfreeze", {"payment_password": pin})


def problem(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def test_an_owner_freezes_at_once_and_lifts_it_with_the_payment_password(customer: In) -> None:
    frozen = freeze(customer)
    assert (frozen.json["status"], frozen.json["frozen_by"]) == ("frozen", ["owner"])
    assert problem(freeze(customer)) == (409, "account_status")

    assert problem(unfreeze(customer, "111222")) == (403, "payment_password_invalid")
    lifted = unfreeze(customer)

    assert (lifted.json["status"], lifted.json["frozen_by"]) == ("active", [])
    assert problem(unfreeze(customer)) == (409, "account_status")
    assert problem(customer.call("POST", "/me/wallets/USD/freeze")) == (404, "wallet_not_found")
    found = (entry for entry in AuditEntryRow.scan() if entry.action.startswith("customers.wallet_"))
    told = sorted(found, key=lambda entry: entry.at)
    assert [(entry.action, entry.actor) for entry in told] == [
        ("customers.wallet_frozen", customer.customer_id),
        ("customers.wallet_unfrozen", customer.customer_id),
    ]


def test_an_owner_lifts_no_freeze_but_their_own(customer: In) -> None:
    wallet = wallet_id(customer.customer_id, "CNY")
    freeze(customer)
    reason = {"reason": "asked for"}
    bank = call(accounts, "POST", f"/accounts/{wallet}/freeze", reason, principal=http.staff())
    assert bank.json["frozen_by"] == ["owner", "head_office"]

    assert unfreeze(customer).json["frozen_by"] == ["head_office"]
    assert problem(unfreeze(customer)) == (403, "higher_authority")
    assert ledger.accounts.find(wallet).status == "frozen"
