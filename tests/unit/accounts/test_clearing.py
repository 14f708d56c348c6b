"""Deposits and withdrawals against the clearing account of the client that they come through."""

import json
from datetime import timedelta

import pytest

from accounts import cli
from accounts.app import app, on_verification
from accounts.domain import clearing_account
from accounts.service import clearing
from bank import clock, ledger
from bank.config import Config
from bank.control.audit import AuditEntryRow
from bank.ledger import AccountRow
from bank.ledger.accounts import AccountNotFound, CreditInUse
from tests.support import http
from tests.support.funding import OPERATOR
from tests.support.http import Reply, call, context
from tests.support.streams import Cloud
from tests.unit.accounts.test_app import balance, open_wallet

CLEARING = clearing_account("cli_test", "USD")


def allow(credit_limit: int, per_day: int = 10**9, per_deposit: int = 10**9, currency: str = "USD") -> None:
    clearing.allow(
        actor=OPERATOR,
        client_id="cli_test",
        currency=currency,
        credit_limit=credit_limit,
        per_day=per_day,
        per_deposit=per_deposit,
    )


def deposit(account_id: str, amount: int, key: str, **who: object) -> Reply:
    money = {"account_id": account_id, "amount": amount, "currency": "USD"}
    return call(app, "POST", "/deposits", {**money, "source": "cash", "reference": "r"}, key=key, **who)


def withdraw(account_id: str, amount: int, key: str) -> Reply:
    body = {"amount": amount, "currency": "USD", "destination": "cash", "reference": "r"}
    return call(app, "POST", f"/accounts/{account_id}/withdrawals", body, key=key)


def refused(answer: Reply) -> tuple[int, str]:
    return answer.status, answer.json["code"]


def settle(amount: int, reference: str) -> None:
    clearing.settle(actor=OPERATOR, client_id="cli_test", currency="USD", amount=amount, reference=reference)


def test_a_client_without_a_limit_deposits_and_pays_out_nothing(cloud: Cloud) -> None:
    wallet = open_wallet()

    assert refused(deposit(wallet, 1, "d")) == (409, "no_clearing_account")
    assert refused(withdraw(wallet, 1, "w")) == (409, "no_clearing_account")


def test_a_limit_in_one_currency_is_none_in_another(cloud: Cloud) -> None:
    allow(500, currency="CNY")

    assert refused(deposit(open_wallet(), 1, "d")) == (409, "no_clearing_account")


def test_a_client_deposits_up_to_its_credit_limit_and_no_further(cloud: Cloud) -> None:
    wallet = open_wallet()
    allow(500)

    assert deposit(wallet, 300, "a").status == 201
    assert refused(deposit(wallet, 201, "b")) == (409, "credit_limit_exceeded")
    assert deposit(wallet, 200, "c").status == 201
    assert refused(deposit(wallet, 1, "d")) == (409, "credit_limit_exceeded")
    assert refused(deposit(wallet, 201, "b")) == (409, "credit_limit_exceeded")
    assert balance(wallet) == 500


def test_what_it_settles_it_may_deposit_again_and_a_payment_counts_once(cloud: Cloud) -> None:
    wallet = open_wallet()
    allow(500)
    deposit(wallet, 500, "a")

    settle(400, "p1")
    with pytest.raises(clearing.AlreadySettled):
        settle(400, "p1")
    cloud.settle()

    assert refused(deposit(wallet, 401, "b")) == (409, "credit_limit_exceeded")
    assert deposit(wallet, 400, "c").status == 201
    assert on_verification({}, context())["differences"] == []


def test_what_it_pays_out_it_owes_no_longer(cloud: Cloud) -> None:
    wallet = open_wallet()
    allow(500)
    deposit(wallet, 500, "a")

    assert withdraw(wallet, 120, "w").status == 201
    cloud.settle()

    assert ledger.accounts.find(CLEARING).balance == -380
    assert deposit(wallet, 120, "b").status == 201


def test_the_limit_of_a_day_counts_what_was_settled_meanwhile_too(cloud: Cloud) -> None:
    wallet = open_wallet()
    allow(500, per_day=600)
    deposit(wallet, 500, "a")
    settle(500, "p1")
    cloud.settle()

    assert refused(deposit(wallet, 101, "b")) == (409, "limit_exceeded")
    assert deposit(wallet, 100, "c").status == 201
    tomorrow = clock.now() + timedelta(days=1)
    with clock.source(lambda: tomorrow):
        assert deposit(wallet, 101, "d").status == 201


def test_one_deposit_is_limited_too(cloud: Cloud) -> None:
    allow(500, per_deposit=100)

    assert refused(deposit(open_wallet(), 101, "a")) == (409, "limit_exceeded")


def test_who_shall_stop_at_once_gets_what_it_owes_for_its_limit(cloud: Cloud) -> None:
    wallet = open_wallet()
    allow(500)
    deposit(wallet, 300, "a")

    with pytest.raises(CreditInUse):
        allow(299)
    allow(300)

    assert refused(deposit(wallet, 1, "b")) == (409, "credit_limit_exceeded")
    assert on_verification({}, context())["differences"] == []


def test_limits_and_settlements_leave_entries(cloud: Cloud) -> None:
    allow(500)
    allow(700)
    settle(100, "p1")

    entries = sorted(AuditEntryRow.scan(), key=lambda row: row.entry_id)
    assert [(row.action, row.actor, row.subject_id) for row in entries] == [
        ("accounts.clearing_limits_set", OPERATOR.subject, CLEARING),
        ("accounts.clearing_limits_set", OPERATOR.subject, CLEARING),
        ("accounts.clearing_settled", OPERATOR.subject, CLEARING),
    ]
    assert entries[1].before["credit_limit"] == 500
    assert entries[1].after["credit_limit"] == 700


def test_the_verification_names_a_client_beyond_its_limit(cloud: Cloud) -> None:
    allow(500)
    deposit(open_wallet(), 400, "a")
    cloud.settle()
    AccountRow(CLEARING).update([AccountRow.credit_limit.set(300), AccountRow.available.set(-100)])

    details = [each["detail"] for each in on_verification({}, context())["differences"]]

    assert details == ["is overdrawn: -100 of a credit limit of 300"]


def test_the_verification_names_a_credit_limit_that_was_raised_in_the_table(cloud: Cloud) -> None:
    """Neither on a client's account without what is available, nor on a wallet at all."""
    wallet = open_wallet()
    allow(500)
    for account_id in (CLEARING, wallet):
        AccountRow(account_id).update([AccountRow.credit_limit.set(10**9)])
    AccountRow(wallet).update([AccountRow.available.set(10**9)])

    found = {(each["id"], each["detail"]) for each in on_verification({}, context())["differences"]}

    assert found == {
        (CLEARING, "available 500 is not balance less holds, and credit limit"),
        (wallet, f"has a credit limit, {10**9}: its kind has none"),
    }


def test_a_client_sees_its_own_clearing_account_and_no_other_does(cloud: Cloud) -> None:
    allow(500)

    own = call(app, "GET", f"/accounts/{CLEARING}", principal=http.CHANNEL)
    other = call(app, "GET", f"/accounts/{CLEARING}", client_id="cli_other", principal=http.CHANNEL)

    assert (own.json["kind"], own.json["credit_limit"], own.json["available"]) == ("clearing", 500, 500)
    assert other.status == 404


def test_a_right_to_keep_accounts_is_none_to_fund_them(cloud: Cloud) -> None:
    allow(500)

    answer = deposit(open_wallet(), 1, "a", scope="accounts:write")

    assert refused(answer) == (403, "insufficient_scope")


def test_what_was_in_review_when_clients_had_no_clearing_account_is_released(cloud: Cloud) -> None:
    """It goes to where withdrawals went then, not to an account that is not there."""
    from accounts.service.reviews import _against
    from accounts.tables import MovementRow

    row = MovementRow(movement_id="wdr_1", client_id="cli_test", currency="USD")

    assert _against(row) == "int_funding_USD"
    allow(0)
    assert _against(row) == CLEARING


def test_an_operator_opens_and_settles_by_commands(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    limits = ["--credit-limit", "500", "--per-day", "400"]
    client = ["--client", "cli_test", "--currency", "USD"]

    assert cli.main(["allow", *client, "--currency", "CNY", *limits]) == 0
    opened = json.loads(capsys.readouterr().out)
    assert opened == {"client_id": "cli_test", "USD": CLEARING, "CNY": clearing_account("cli_test", "CNY")}
    account = ledger.accounts.find(CLEARING).to_domain()
    assert (account.credit_limit, account.limits.per_day, account.limits.per_payment) == (500, 400, 400)

    assert cli.main(["settle", *client, "--amount", "5", "--reference", "p1"]) == 0
    assert cli.main(["settle", *client, "--amount", "5", "--reference", "p1"]) == 1
    with pytest.raises(AccountNotFound):
        clearing.settle(actor=OPERATOR, client_id="cli_other", currency="USD", amount=5, reference="p1")
    for wrong in (["--amount", "0"], ["--amount", "-5"], ["--amount", "1e3"]):
        with pytest.raises(SystemExit):
            cli.main(["settle", *client, *wrong, "--reference", "p2"])


# By staff


FINANCE = {**http.staff(staff_id="stf_finance"), "scope": "clearing:write"}
LIMITS = {"client_id": "cli_test", "currency": "USD", "credit_limit": 500, "per_day": 400, "reason": "agreed"}
PAID = {"client_id": "cli_test", "currency": "USD", "amount": 5, "reference": "p1"}


def test_what_a_client_may_owe_is_said_by_two_of_the_head_office(cloud: Cloud) -> None:
    proposal = call(app, "POST", "/clearing-accounts", LIMITS, principal=FINANCE, approve=False)

    # Dollars cannot be compared with the amount from which two check: as many do as ever.
    assert (proposal.status, proposal.json["levels"]) == (202, ["head_office", "head_office"])
    assert refused(deposit(open_wallet(), 1, "a")) == (409, "no_clearing_account")
    opened = call(app, "POST", "/clearing-accounts", LIMITS, principal=FINANCE)
    assert (opened.json["account_id"], opened.json["credit_limit"]) == (CLEARING, 500)
    assert (opened.json["limits"]["per_day"], opened.json["limits"]["per_payment"]) == (400, 400)
    (entry,) = AuditEntryRow.by_subject.query(CLEARING)
    assert (AuditEntryRow.get(entry.entry_id).actor, AuditEntryRow.get(entry.entry_id).reason) == (
        "stf_finance",
        "agreed",
    )


@pytest.mark.parametrize(("credit_limit", "checkers"), [(4_999_999, 1), (5_000_000, 2)])
def test_from_fifty_thousand_on_two_check(cloud: Cloud, credit_limit: int, checkers: int) -> None:
    body = {**LIMITS, "currency": "CNY", "credit_limit": credit_limit}

    proposal = call(app, "POST", "/clearing-accounts", body, principal=FINANCE, approve=False)

    assert proposal.json["levels"] == ["head_office"] * checkers


def test_a_settlement_is_booked_once_by_two(cloud: Cloud) -> None:
    allow(500)
    where = "/clearing-accounts/settlements"

    proposal = call(app, "POST", where, PAID, key="s1", principal=FINANCE, approve=False)
    assert proposal.status == 202
    headers = {"approval-id": http.approved(proposal.json)}
    cloud.settle()
    assert ledger.accounts.find(CLEARING).balance == 0
    first, again = (
        call(app, "POST", where, PAID, key="s1", principal=FINANCE, headers=headers) for _ in range(2)
    )

    assert (first.status, again.status, again.json) == (201, 201, first.json)
    assert again.headers["Idempotent-Replayed"] == "true"
    other = call(app, "POST", where, {**PAID, "amount": 6}, key="s2", principal=FINANCE)
    assert refused(other) == (409, "already_settled")
    cloud.settle()
    assert ledger.accounts.find(CLEARING).balance == 5
    assert on_verification({}, context())["differences"] == []


def test_nobody_else_says_what_a_client_may_owe(cloud: Cloud) -> None:
    branch = {**FINANCE, "unit": "unit_hz"}
    for path, body in (("/clearing-accounts", LIMITS), ("/clearing-accounts/settlements", PAID)):
        channel = call(app, "POST", path, body, key="k", principal={"bank_wide": "true"})
        assert refused(channel) == (403, "caller_kind")
        assert refused(call(app, "POST", path, body, key="k", principal=branch)) == (403, "head_office_only")
        keeper = {**FINANCE, "scope": "clients:write accounts:write"}
        assert refused(call(app, "POST", path, body, key="k", principal=keeper)) == (
            403,
            "insufficient_scope",
        )
    less = {**LIMITS, "credit_limit": 299}
    allow(500)
    deposit(open_wallet(), 300, "a")
    assert refused(call(app, "POST", "/clearing-accounts", less, principal=FINANCE)) == (409, "credit_in_use")


@pytest.mark.parametrize(
    "wrong",
    [{"credit_limit": -1}, {"credit_limit": "5"}, {"currency": "XXX"}, {"client_id": ""}, {"per_day": 1.5}],
)
def test_limits_that_cannot_be_are_refused(cloud: Cloud, wrong: dict[str, object]) -> None:
    assert call(app, "POST", "/clearing-accounts", {**LIMITS, **wrong}, principal=FINANCE).status == 422


def test_an_operator_s_commands_end_with_the_first_administrator(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from staff.service import operators

    monkeypatch.setattr(Config, "simulated", property(lambda _: False))
    operators.bootstrap(actor=OPERATOR, login_name="first", display_name="First")
    client = ["--client", "cli_test", "--currency", "USD"]

    assert cli.main(["allow", *client, "--credit-limit", "500", "--per-day", "400"]) == 1
    assert "two members of staff do this, by POST /clearing-accounts" in capsys.readouterr().err
    assert cli.main(["settle", *client, "--amount", "5", "--reference", "p1"]) == 1
    assert "POST /clearing-accounts/settlements" in capsys.readouterr().err
