"""The payment password, and the tokens that it is exchanged for."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from bank import clock, store
from bank.credentials import payment_tokens
from bank.store import Transaction
from customers.app import app
from customers.service import payment, people, pins, tokens
from customers.service.pins import PaymentPasswordInvalid, PaymentPasswordLocked
from tests.support import exported
from tests.unit.customers import desk
from tests.unit.customers.desk import PASSWORD, PIN, In, Watch, log_in, problem

WRONG = "918273"


@pytest.fixture
def payer(watch: Watch) -> In:
    customer = desk.register(watch)
    assert customer.set_pin().status == 200
    return customer


def test_the_payment_password_is_exchanged_for_a_token_that_is_bound(payer: In) -> None:
    reply = payer.token(150_000, "mer_1", payment_password=PIN)

    assert reply.status == 201
    assert reply.headers["Cache-Control"] == "no-store"
    [row] = store.get_many([payment_tokens.key(reply.json["payment_token"])])
    bound = {"customer_id": payer.customer_id, "currency": "CNY", "payee": "mer_1"}
    assert (
        payment_tokens.require(row, amount=150_000, now=clock.instant(), **bound).method == "payment_password"
    )
    transaction = Transaction()
    payment_tokens.spend(transaction, row, record_id="pay_1")
    transaction.commit()


def test_without_a_payment_password_there_is_no_token(watch: Watch) -> None:
    customer = desk.register(watch)

    assert problem(customer.token(payment_password=PIN)) == (403, "payment_password_invalid")


def test_five_failures_lock_it_for_the_right_one_too(payer: In) -> None:
    answers = [problem(payer.token(payment_password=WRONG)) for _ in range(6)]

    assert answers == [(403, "payment_password_invalid")] * 5 + [(403, "payment_password_locked")]
    assert problem(payer.token(payment_password=PIN)) == (403, "payment_password_locked")
    assert payer.get("/me")["payment_tries_left"] == 0


def test_the_right_one_gives_the_tries_back(payer: In) -> None:
    for _ in range(3):
        for _ in range(4):
            assert payer.token(payment_password=WRONG).status == 403
        assert payer.token(payment_password=PIN).status == 201


def test_a_try_is_taken_before_it_is_compared(payer: In, monkeypatch: pytest.MonkeyPatch) -> None:
    """Guesses that have all read five tries left are compared five times together, whatever their order."""
    person = people.load(payer.customer_id)
    compared: list[str] = []
    monkeypatch.setattr(pins.passwords, "matches", lambda secret, hashes: bool(compared.append(secret)))

    for _ in range(20):
        wrong = pytest.raises((PaymentPasswordInvalid, PaymentPasswordLocked))
        with wrong, pins.verified(person, WRONG):
            pytest.fail("it is wrong")

    assert len(compared) == 5


def test_the_password_that_was_shown_must_still_be_the_one_when_the_token_is_made(payer: In) -> None:
    person = people.load(payer.customer_id)

    def overtaken() -> None:
        with pins.verified(person, PIN) as proof:
            assert payer.set_pin("583920", current_payment_password=PIN).status == 200
            transaction = Transaction()
            proof.spend(transaction)
            transaction.commit()

    with pytest.raises(PaymentPasswordInvalid):
        overtaken()


def test_a_locked_one_is_unlocked_with_a_code_and_stays_what_it_was(payer: In) -> None:
    for _ in range(5):
        payer.token(payment_password=WRONG)
    sent = payer.code("payment_password")

    assert payer.call("POST", "/me/payment-password/unlock", {"code": sent}).status == 200

    assert payer.token(payment_password=PIN).status == 201
    again = payer.call("POST", "/me/payment-password/unlock", {"code": sent})
    assert problem(again) == (403, "code_invalid")


def test_with_an_authenticator_unlocking_needs_it_too(payer: In) -> None:
    authenticator, _ = payer.enrol(current_payment_password=PIN)
    sent = payer.code("payment_password")

    without = payer.call("POST", "/me/payment-password/unlock", {"code": sent})
    shown = {"code": sent, "totp": authenticator.at(payer.watch.now)}

    assert problem(without) == (403, "totp_needed")
    assert payer.call("POST", "/me/payment-password/unlock", shown).status == 200


def test_the_authenticator_gives_a_token_too_and_each_step_one(payer: In) -> None:
    authenticator, _ = payer.enrol(current_payment_password=PIN)
    shown = authenticator.at(payer.watch.now)

    first, second = payer.token(totp=shown), payer.token(totp=shown)

    assert first.status == 201
    assert problem(second) == (403, "factor_invalid")


@pytest.mark.parametrize("pin", ["123456", "987654", "111111", "121212", "138001", "800138"])
def test_what_many_would_choose_is_refused(watch: Watch, pin: str) -> None:
    customer = desk.register(watch)

    assert problem(customer.set_pin(pin)) == (422, "weak_payment_password")


def test_the_birthday_is_refused_once_it_is_known(watch: Watch) -> None:
    customer = desk.register(watch)
    assert customer.call("PATCH", "/me", {"birthday": "1990-05-17"}).status == 200

    for pin in ("900517", "170590", "051790", "199005"):
        assert problem(customer.set_pin(pin)) == (422, "weak_payment_password")
    assert customer.set_pin("900518").status == 200
    assert payment.birthday_of(people.load(customer.customer_id)) == date(1990, 5, 17)


def test_a_token_is_asked_for_with_one_thing(payer: In) -> None:
    assert problem(payer.token()) == (422, "invalid_request")
    assert problem(payer.token(payment_password=PIN, totp="123456")) == (422, "invalid_request")


# The free limit -------------------------------------------------------------------------------------


def free_limit(payer: In, amount: int, **proof: str) -> desk.Reply:
    return payer.call("PATCH", "/me/wallets/CNY", {"free_limit": amount, **proof})


def test_the_free_limit_goes_down_freely_and_up_with_the_payment_password(payer: In) -> None:
    down, up = free_limit(payer, 20_000), free_limit(payer, 20_001)
    wrong, right = (
        free_limit(payer, 20_001, payment_password=WRONG),
        free_limit(payer, 20_001, payment_password=PIN),
    )

    assert (down.status, down.json["free_limit"]) == (200, 20_000)
    assert problem(up) == (403, "payment_password_needed")
    assert problem(wrong) == (403, "payment_password_invalid")
    assert (right.status, right.json["free_limit"]) == (200, 20_001)


def test_a_wallet_that_is_not_there_has_no_limit(payer: In) -> None:
    reply = payer.call("PATCH", "/me/wallets/USD", {"free_limit": 1})

    assert problem(reply) == (404, "wallet_not_found")


# Guessing on ----------------------------------------------------------------------------------------


def guess(payer: In, times: int) -> list[tuple[int, str]]:
    return [problem(payer.token(payment_password=WRONG)) for _ in range(times)]


def unlock(payer: In, **proof: str) -> desk.Reply:
    body = {"code": payer.code("payment_password"), **proof}
    return payer.call("POST", "/me/payment-password/unlock", body)


def failed(payer: In, failures: int) -> None:
    """Let so many have been wrong, and five tries be given since."""
    row = people.load(payer.customer_id).credentials
    row.payment_failures, row.payment_tries_left = failures, 5
    row.save()


def test_whoever_has_an_unlocked_phone_does_not_guess_on(payer: In) -> None:
    """A code comes to the same phone: it was five guesses more, as often as they liked, unseen."""
    payer.identify()
    payer.settle()
    guess(payer, 5)
    first = unlock(payer)
    assert payer.get("/me")["limits_lowered_until"] is None
    assert guess(payer, 6)[-1] == (403, "payment_password_locked")

    second, wrong = unlock(payer), unlock(payer, id_number=desk.ANOTHER_ID_NUMBER)
    owner = unlock(payer, id_number=desk.ID_NUMBER)

    assert first.status == 200
    assert (problem(second), second.json["any_of"]) == ((403, "reverification_needed"), ["id_number"])
    assert problem(wrong) == (403, "factor_invalid")
    assert owner.status == 200
    assert payer.get("/me")["limits_lowered_until"] is not None
    assert payer.token(payment_password=PIN).status == 201


def test_unlocking_before_the_fifth_failure_is_no_way_around(payer: In) -> None:
    payer.identify()
    payer.settle()
    guess(payer, 4)
    assert unlock(payer).status == 200
    guess(payer, 4)

    assert problem(unlock(payer)) == (403, "reverification_needed")


def test_the_right_one_begins_anew(payer: In) -> None:
    payer.identify()
    payer.settle()
    for _ in range(3):
        guess(payer, 5)
        assert unlock(payer).status == 200
        assert payer.token(payment_password=PIN).status == 201


def test_of_who_is_not_verified_the_limits_are_lowered_and_a_hundred_is_the_end(payer: In) -> None:
    guess(payer, 5)
    assert unlock(payer).status == 200
    guess(payer, 5)
    assert unlock(payer).status == 200
    assert payer.get("/me")["limits_lowered_until"] is not None
    failed(payer, 98)
    assert payer.get("/me")["payment_tries_left"] == 2

    last = guess(payer, 3)

    assert last == [(403, "payment_password_invalid")] * 2 + [(403, "payment_password_locked")]
    assert problem(payer.token(payment_password=PIN)) == (403, "payment_password_locked")
    assert problem(unlock(payer)) == (403, "payment_password_locked")
    assert payer.get("/me")["payment_tries_left"] == 0


def test_after_a_hundred_another_one_is_set_by_who_is_proven_otherwise(payer: In) -> None:
    payer.identify()
    payer.settle()
    failed(payer, 100)

    by_the_one_before = payer.set_pin("583920", current_payment_password=PIN)
    by_id_number = payer.set_pin("583920", id_number=desk.ID_NUMBER)

    assert problem(by_the_one_before) == (403, "payment_password_locked")
    assert by_id_number.status == 200
    assert payer.token(payment_password="583920").status == 201
    assert payer.get("/me")["payment_tries_left"] == 5


def test_of_two_who_unlock_with_what_both_read_one_has_more_to_show(
    payer: In, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second was read before the guesses that followed the first."""
    payer.identify()
    payer.settle()
    guess(payer, 4)
    before = people.load(payer.customer_id)
    guess(payer, 1)
    assert unlock(payer).status == 200
    guess(payer, 5)
    sent = payer.code("payment_password")
    monkeypatch.setattr(people, "load", lambda *_, **__: before)

    late = payer.call("POST", "/me/payment-password/unlock", {"code": sent})

    assert problem(late) == (403, "factor_invalid")


def test_an_authenticator_enrolled_with_it_begins_anew_too(payer: In) -> None:
    guess(payer, 3)
    payer.enrol(current_payment_password=PIN)

    assert payer.get("/me")["payment_tries_left"] == 5


# The right one, for what is refused or needs none ----------------------------------------------------


def _set(payer: In) -> desk.Reply:
    return payer.set_pin("583920", current_payment_password=PIN)


def _enrol(payer: In) -> desk.Reply:
    body = {"totp": "000000", "code": payer.code("totp"), "current_payment_password": PIN}
    return payer.call("POST", "/me/totp/confirm", body)


# With what each is answered; that a customer was suspended meanwhile stands for what a write refuses.
SHOWN_RIGHTLY: dict[str, tuple[Callable[[In], desk.Reply], str | None]] = {
    "change_my_wallet": (lambda payer: free_limit(payer, 20_000, payment_password=PIN), None),
    "unfreeze_my_wallet": (
        lambda payer: payer.call("POST", "/me/wallets/CNY/unfreeze", {"payment_password": PIN}),
        "account_status",
    ),
    "start_export": (
        lambda payer: payer.call("POST", "/me/exports", {"payment_password": PIN}),
        "export_running",
    ),
    "issue_payment_token": (lambda payer: payer.token(payment_password=PIN), "customer_not_found"),
    "set_payment_password": (_set, "customer_not_found"),
    "confirm_totp": (_enrol, "factor_invalid"),
}


@pytest.mark.parametrize("name", SHOWN_RIGHTLY)
def test_the_right_one_is_no_failure_whatever_comes_of_it(
    payer: In, watch: Watch, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The sixth was locked out: five right ones were counted as wrong."""
    exported.create_bucket()
    show, code = SHOWN_RIGHTLY[name]
    assert payer.call("POST", "/me/exports", {"current_password": PASSWORD}).status == 202
    assert payer.call("POST", "/me/totp").status == 201
    device = payer.answer["device_token"]
    sessions = [In(log_in(password=PASSWORD, device_token=device).json, watch) for _ in range(2)]

    with monkeypatch.context() as meanwhile:
        if code == "customer_not_found":
            for module in (payment, tokens):
                meanwhile.setattr(module, "require_active", gone)
        # A wrong code of an authenticator ends a session the fifth time.
        replies = [show(session) for session in sessions for _ in range(3)]

    assert {reply.json.get("code") for reply in replies} == {code}
    assert payer.get("/me")["payment_tries_left"] == 5
    assert people.load(payer.customer_id).credentials.payment_failures is None
    assert payer.token(payment_password=PIN).status == 201


def gone(*_: Any) -> None:
    raise people.gone(None)


def test_each_route_that_takes_it_was_tried() -> None:
    names = {"payment_password", "current_payment_password"}
    taking = {each.name for each in app.operations if each.body and names & set(each.body.model_fields)}

    assert taking == set(SHOWN_RIGHTLY)
