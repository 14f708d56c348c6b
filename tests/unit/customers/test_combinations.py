"""Who knows a part of what proves a customer locks out no other part: the table of docs/proofs.md."""

from collections.abc import Collection
from typing import Any

import pytest

from customers.domain import proofs
from customers.tables import FailuresRow
from tests.support import calls
from tests.unit.customers import desk
from tests.unit.customers.desk import (
    ANOTHER_ID_NUMBER,
    ID_NUMBER,
    OTHER_PHONE,
    PASSWORD,
    PHONE,
    Watch,
    log_in,
    problem,
)
from tests.unit.customers.test_login import login_code
from tests.unit.customers.test_proofs import ANOTHER_PASSWORD, reset

WRONG = {
    "password": "wrong-pass-1",
    "totp": "000000",
    "recovery_code": "11111-22222-33333-44444",
    "id_number": ANOTHER_ID_NUMBER,
    "code": "000000",
}
# What a stranger can send, of whatever they know.
LOGINS = [
    "password",
    "code",
    "password+totp",
    "password+recovery_code",
    "password+id_number",
    "password+totp+id_number",
    "password+recovery_code+id_number",
    "password+code+id_number",
    "code+id_number",
    "code+id_number+totp",
    "code+totp",
]
RECOVERIES = [
    "password+totp",
    "password+recovery_code",
    "id_number+totp",
    "id_number+recovery_code",
    "password+id_number+totp",
    "password+id_number+recovery_code",
    "password+device_token",
    "id_number+device_token",
]
UNKNOWN_DEVICE = f"dev_01.{'A' * 43}"


class Owner:
    """A customer with all that proves one, long known, and without any device at hand."""

    def __init__(self, watch: Watch, *, password: bool = True, authenticator: bool = True) -> None:
        self.watch = watch
        self.customer = desk.register(watch, password=PASSWORD if password else None)
        if authenticator:
            self.authenticator, self.recovery = self.customer.enrol()
        self.customer.identify()
        self.customer.settle()

    def proof(self, combination: str) -> dict[str, str]:
        """All of it, right; a code from the phone is asked for."""
        self.watch.pass_(seconds=31)
        shown: dict[str, str] = {}
        for name in combination.split("+"):
            if name == "code":
                shown[name] = login_code(self.watch)
            elif name == "totp":
                shown[name] = self.authenticator.at(self.watch.now)
            elif name == "recovery_code":
                shown[name] = self.recovery.pop()
            else:
                shown[name] = {"password": PASSWORD, "id_number": ID_NUMBER}[name]
        return shown

    def recovers(self, combination: str, **more: str) -> desk.Reply:
        """Take another phone, with all of it right."""
        self.watch.pass_(seconds=61)
        desk.ask("recover_phone", OTHER_PHONE)
        body = {"former_phone": PHONE, "phone": OTHER_PHONE, "code": desk.code(OTHER_PHONE), **more}
        return desk.post_by_channel("/phone-recoveries", body | self.proof(combination))


def guessed(combination: str, knows: Collection[str]) -> dict[str, str]:
    """What somebody sends who knows so much, and no more."""
    right = {"password": PASSWORD, "id_number": ID_NUMBER}
    wrong = WRONG | {"device_token": UNKNOWN_DEVICE}
    return {name: right[name] if name in knows else wrong[name] for name in combination.split("+")}


def attack_logins(watch: Watch, knows: Collection[str]) -> list[desk.Reply]:
    """Try all there is, again as soon as it counts again, until the next would wait for eight minutes."""
    replies = []
    for waits in [0] * 5 + [1, 2, 4]:
        watch.pass_(seconds=waits * 61)
        replies += [log_in(**guessed(each, knows)) for each in LOGINS]
    return replies


def attack_recoveries(watch: Watch, knows: Collection[str]) -> list[desk.Reply]:
    """The same, each time with another phone of their own."""
    replies = []
    for waits in [0] * 5 + [4, 8]:
        watch.pass_(seconds=waits * 61)
        for number, each in enumerate(RECOVERIES):
            phone = f"+8613900{waits:02}{len(replies) % 100:02}{number:02}"
            desk.ask("recover_phone", phone)
            body = {"former_phone": PHONE, "phone": phone, "code": desk.code(phone)}
            replies.append(desk.post_by_channel("/phone-recoveries", body | guessed(each, knows)))
    return replies


# Logging in on a new device


@pytest.mark.parametrize(
    ("knows", "locked"),
    [
        ((), set()),
        (("id_number",), set()),
        (("password",), {"password+totp"}),
        (("password", "id_number"), {"password+totp"}),
    ],
)
def test_who_knows_a_part_locks_out_that_part_beside_an_authenticator_s_code_alone(
    watch: Watch, knows: tuple[str, ...], locked: set[str]
) -> None:
    owner = Owner(watch)
    attack_logins(watch, knows)

    combinations = ["password+totp", "password+recovery_code", "password+code+totp"]
    heard = {each: log_in(**owner.proof(each)).status == 201 for each in combinations}

    assert {each for each, let_in in heard.items() if not let_in} == locked


@pytest.mark.parametrize("knows", [(), ("id_number",), ("password",), ("password", "id_number")])
def test_who_has_no_authenticator_is_let_in_by_password_and_code(
    watch: Watch, knows: tuple[str, ...]
) -> None:
    owner = Owner(watch, authenticator=False)
    attack_logins(watch, knows)

    assert log_in(**owner.proof("password+code")).status == 201


@pytest.mark.parametrize("more", ["", "+totp", "+recovery_code"])
def test_who_has_no_password_is_let_in_by_the_id_number_that_others_know(watch: Watch, more: str) -> None:
    owner = Owner(watch, password=False, authenticator=bool(more))
    attack_logins(watch, ["id_number"])

    assert log_in(**owner.proof("code+id_number" + more)).status == 201


def test_who_has_the_phone_guesses_no_id_number(watch: Watch) -> None:
    """That is bounded, and so a weapon: of who reads the owner's messages, as with passwords."""
    owner = Owner(watch, password=False, authenticator=False)
    for _ in range(5):
        wrong = log_in(**owner.proof("code") | {"id_number": ANOTHER_ID_NUMBER})
        assert problem(wrong) == (401, "login_failed")

    again = owner.proof("code")
    for row in FailuresRow.scan(FailuresRow.challenge.contains("#half#code+id_number")):
        assert int(row.failures) == 5
        row.update([FailuresRow.locked_until.set("9999")])
    assert problem(log_in(**again | {"id_number": ID_NUMBER})) == (401, "login_failed")


def test_an_id_number_beside_a_password_is_not_looked_at(watch: Watch) -> None:
    """Else it would make a guess at the password one of two things, of which a thousand an hour are heard."""
    owner = Owner(watch, authenticator=False)

    assert log_in(**owner.proof("password+code"), id_number=ANOTHER_ID_NUMBER).status == 201
    for _ in range(5):
        log_in(**guessed("password+id_number", ["id_number"]))
    assert log_in(password=PASSWORD, id_number=ID_NUMBER).headers["Retry-After"] == "60"


def test_logging_in_elsewhere_does_not_forgive_guesses_at_a_reset(watch: Watch) -> None:
    """Who reads the messages had fifteen guesses a day at the id number, as long as the owner came daily."""
    owner = Owner(watch, authenticator=False)
    for _ in range(4):
        assert problem(reset(watch, id_number=ANOTHER_ID_NUMBER)) == (403, "factor_invalid")
    device = owner.customer.answer["device_token"]
    assert log_in(password=PASSWORD, device_token=device).status == 201

    assert reset(watch, id_number=ANOTHER_ID_NUMBER).headers["Retry-After"] == "60"


# Taking another phone


@pytest.mark.parametrize(
    ("knows", "shown", "heard"),
    [
        (("id_number",), "password+totp", True),
        (("id_number",), "password+recovery_code", True),
        (("id_number",), "id_number+recovery_code", True),
        (("password",), "password+totp", False),
        (("password", "id_number"), "password+recovery_code", True),
        (("password", "id_number"), "id_number+recovery_code", True),
    ],
)
def test_who_knows_a_part_locks_nobody_out_of_a_recovery_who_has_a_recovery_code(
    watch: Watch, knows: tuple[str, ...], shown: str, heard: bool
) -> None:
    owner = Owner(watch)
    attack_recoveries(watch, knows)

    assert (owner.recovers(shown).status == 200) == heard


def test_an_authenticator_s_code_beside_an_id_number_takes_no_number_over_without_a_device(
    watch: Watch,
) -> None:
    """Else who knows the number has six digits to guess: bounded that locks out, unbounded it opens."""
    owner = Owner(watch)
    device = owner.customer.answer["device_token"]

    assert problem(owner.recovers("id_number+totp")) == (403, "factor_invalid")
    assert owner.recovers("id_number+totp", device_token=device).status == 200


# What is told


def rows() -> list[tuple[list[str], int]]:
    """What is counted as failed, whoever is tried at."""
    found = FailuresRow.scan(FailuresRow.challenge.startswith("guessing#") & (FailuresRow.failures > 0))
    return sorted((each.challenge.split("#")[3:], int(each.failures)) for each in found)


def heard(reply: desk.Reply) -> tuple[Any, ...]:
    return reply.status, reply.json.get("detail"), reply.json.get("code"), reply.headers.get("Retry-After")


@pytest.mark.parametrize("password", [True, False])
def test_nobody_without_the_phone_hears_whether_an_id_number_is_right(watch: Watch, password: bool) -> None:
    Owner(watch, password=password)
    told = []
    for knows in ((), ("id_number",)):
        for row in FailuresRow.scan(FailuresRow.challenge.startswith("guessing#")):
            row.delete()
        start = watch.now
        replies = [*attack_logins(watch, knows), *attack_recoveries(watch, knows)]
        body = {"phone": PHONE, "password": ANOTHER_PASSWORD, **guessed("code+id_number", knows)}
        replies.append(desk.post_by_channel("/password-resets", body))
        told.append(([heard(reply) for reply in replies], rows()))
        watch.now = start.replace(microsecond=0)
        watch.pass_(days=1)

    assert told[0] == told[1]


@pytest.mark.parametrize(
    "shown", [{"password": "wrong-pass-1", "totp": "000000"}, {"password": "wrong-pass-1"}]
)
def test_whether_there_is_an_authenticator_or_anybody_takes_as_many_calls_of_kms(
    watch: Watch, monkeypatch: pytest.MonkeyPatch, shown: dict[str, str]
) -> None:
    Owner(watch)
    desk.register(watch, OTHER_PHONE)

    made = [
        [calls.of_kms(monkeypatch, lambda phone=phone: log_in(phone, **shown)) for _ in range(2)]
        for phone in (PHONE, OTHER_PHONE, "+8613922223333")
    ]

    assert made[0] == made[1] == made[2]


# What is a guess


def test_a_try_is_a_guess_where_a_secret_is_wrong_beside_another_that_is_right() -> None:
    assert proofs.is_guess({"password"}, {"totp"})
    assert proofs.is_guess({"code"}, {"id_number"})
    assert not proofs.is_guess({"id_number"}, {"totp", "password"})
    assert not proofs.is_guess({"password"}, {"recovery_code"})
    assert not proofs.is_guess(set(), {"password", "totp"})


def test_what_is_judged_as_a_whole_holds_something_that_is_held() -> None:
    assert proofs.combination({"password", "id_number"}) == ""
    assert proofs.combination({"password"}) == proofs.combination({"code"}) == ""
    assert proofs.combination({"password", "code"}) == "code+password"
    assert not proofs.bounded_by_itself({"password", "totp"})
    assert proofs.bounded_by_itself({"password", "totp", "code"})


@pytest.mark.parametrize("beside", ["code", "totp", "recovery_code", "code+totp", "code+recovery_code"])
def test_whatever_a_password_is_guessed_beside_is_what_a_reset_forgives(beside: str) -> None:
    everything = {"password", "code", "totp", "recovery_code"}

    for shown in ({"password", *beside.split("+")}, everything):
        assert proofs.combination(shown) in proofs.WITH_PASSWORD


def test_a_reset_forgives_what_was_guessed_with_the_password_before(watch: Watch) -> None:
    owner = Owner(watch)
    attack_logins(watch, ["password"])
    assert problem(log_in(**owner.proof("password+totp"))) == (401, "login_failed")
    assert reset(watch, recovery_code=owner.recovery.pop()).status == 200

    shown = owner.proof("password+totp") | {"password": ANOTHER_PASSWORD}
    assert log_in(**shown).status == 201
