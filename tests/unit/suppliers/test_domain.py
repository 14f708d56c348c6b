"""The pure rules of suppliers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from suppliers.domain import Status, status
from suppliers.domain.credit_codes import ALPHABET, is_credit_code

# Of companies' public registrations.
CODES = ("91110000802100433B", "91440300708461136T", "91310000132612172J", "91330100799655058B")


@pytest.mark.parametrize("code", CODES)
def test_codes_of_companies_are_credit_codes(code: str) -> None:
    assert is_credit_code(code)


@given(st.sampled_from(CODES), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_a_code_with_one_other_character_is_none(code: str, place: int, character: str) -> None:
    altered = code[:place] + character + code[place + 1 :]
    assert is_credit_code(altered) == (altered == code)


@pytest.mark.parametrize("text", ["", "9131", CODES[0] + "0", CODES[0].lower(), "91110000802100433I"])
def test_what_has_not_its_form_is_none(text: str) -> None:
    assert not is_credit_code(text)


@pytest.mark.parametrize(
    ("stopped", "exiting", "closed", "expected"),
    [
        (False, None, None, Status.ACTIVE),
        (False, "t", None, Status.EXITING),
        (False, "t", "t", Status.CLOSED),
        (True, None, None, Status.SUSPENDED),
        (True, "t", None, Status.SUSPENDED),
        (True, "t", "t", Status.SUSPENDED),
    ],
)
def test_a_stop_stands_above_leaving(
    stopped: bool, exiting: str | None, closed: str | None, expected: Status
) -> None:
    assert status(stopped=stopped, exiting_since=exiting, closed_at=closed) is expected
