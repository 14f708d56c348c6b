"""Which passwords are taken, and what comparing one tells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bank.credentials import passwords
from bank.credentials.passwords import WeakPassword

GOOD = "Lantern-42-under-the-bridge"


@pytest.mark.parametrize(
    "password", [GOOD, "梅花香自苦寒来宝剑锋从磨砺出", "kq7 vw2 hd9 zt4", "x" * 3 + "Forelle schwimmt"]
)
def test_a_long_password_of_its_owner_s_own_is_taken(password: str) -> None:
    passwords.require_strong(password, known=["li.wei"])


@pytest.mark.parametrize(
    "password",
    [
        "",
        "Sh0rt&odd",
        "a" * 20,
        "abcdeabcdeabcde",
        "Passw0rd1234!",
        "qwertyuiop123",
        "P@ssword-Password",
        "1234567890123",
        "Welcome2Perkbank!",
        "iloveyou12345678",
        "x" * 129 + GOOD,
    ],
)
def test_what_guessers_try_first_is_refused(password: str) -> None:
    with pytest.raises(WeakPassword):
        passwords.require_strong(password)


def test_a_password_does_not_hold_the_name_of_its_owner() -> None:
    with pytest.raises(WeakPassword):
        passwords.require_strong(f"{GOOD} Li.Wei", known=["li.wei", ""])


@given(st.text(max_size=140))
def test_any_text_is_either_taken_or_refused(password: str) -> None:
    try:
        passwords.require_strong(password)
    except WeakPassword:
        return
    assert 12 <= len(passwords.normalized(password)) <= 128
    assert len(set(password.casefold())) > 1


@pytest.fixture
def light_passwords() -> None:
    """Not here: the hasher is the bank's own."""


def test_a_hash_costs_what_owasp_asks_whether_there_is_somebody_or_not() -> None:
    cost = "$argon2id$v=19$m=19456,t=2,p=1$"

    assert passwords.hashed(GOOD).startswith(cost)
    assert passwords.NOBODY.startswith(cost)


def test_a_password_is_the_one_behind_its_hash_and_no_other_is() -> None:
    kept = passwords.hashed(GOOD)

    assert passwords.matches(GOOD, [kept])
    assert not passwords.matches(GOOD + " ", [kept])
    assert passwords.hashed(GOOD) != kept


def test_a_refusal_takes_as_many_comparisons_whatever_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    is_behind = passwords._is_behind
    monkeypatch.setattr(
        passwords, "_is_behind", lambda kept, given: compared.append(kept) or is_behind(kept, given)
    )

    assert not passwords.matches("wrong", [])
    assert not passwords.matches("wrong", [passwords.hashed(GOOD)])
    assert not passwords.matches("wrong", [], compared=2)
    assert len(compared) == 4


def test_the_same_characters_are_the_same_password_however_they_were_composed() -> None:
    assert passwords.normalized("caf\u0065\u0301") == passwords.normalized("caf\u00e9")
