"""Codes of RFC 6238: about now, and each step once."""

from datetime import UTC, datetime, timedelta

import pytest

from bank import clock, store
from bank.credentials import totp
from bank.store import Transaction
from tests.support.streams import Cloud
from tests.unit.bank.credentials.people import KEY, Person, read

# RFC 6238, appendix B: the secret of its SHA-1 vectors, and their codes' last six digits.
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
NOW = datetime(2026, 11, 22, 0, 0, 10, tzinfo=UTC)
STEP = int(NOW.timestamp()) // 30


@pytest.mark.parametrize(
    ("at", "code"), [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")]
)
def test_codes_are_those_of_the_rfc(at: int, code: str) -> None:
    moment = datetime.fromtimestamp(at, UTC)
    with clock.source(lambda: moment):
        assert totp.step(SECRET, code, after=0) == at // 30


@pytest.mark.parametrize(("late", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_counts_a_step_early_or_late_and_no_more(late: int, taken: bool) -> None:
    code = totp.code(SECRET, NOW + timedelta(seconds=30 * late))
    with clock.source(lambda: NOW):
        assert totp.step(SECRET, code, after=0) == (STEP + late if taken else None)


def test_a_step_that_was_taken_and_those_before_it_count_no_more() -> None:
    with clock.source(lambda: NOW):
        assert totp.step(SECRET, totp.code(SECRET), after=STEP) is None
        assert totp.step(SECRET, totp.code(SECRET, NOW - timedelta(seconds=30)), after=STEP) is None
        assert totp.step(SECRET, totp.code(SECRET, NOW + timedelta(seconds=30)), after=STEP) == STEP + 1


@pytest.mark.parametrize(
    "given", ["", "28708", "2870820", "abcdef", "\u0662\u0668\u0667\u0660\u0668\u0662", " 287082"]
)
def test_what_is_no_code_is_no_step(given: str) -> None:
    with clock.source(lambda: datetime.fromtimestamp(59, UTC)):
        assert totp.step(SECRET, given, after=0) is None


def test_a_step_is_taken_once(cloud: Cloud) -> None:
    Person(subject="per_1").save()

    def take(step: int) -> None:
        action, condition = totp.take(Person, step)
        transaction = Transaction()
        transaction.update(KEY, [action], condition, store.stale)
        transaction.commit()

    take(STEP)
    with pytest.raises(store.Stale):
        take(STEP)
    with pytest.raises(store.Stale):
        take(STEP - 1)
    take(STEP + 1)
    assert read().totp_step == STEP + 1


def test_an_authenticator_can_be_set_up_from_a_uri() -> None:
    secret = totp.new_secret()

    assert len(secret) == 32
    assert (
        totp.uri(secret, name="li.wei") == f"otpauth://totp/Perkbank:li.wei?secret={secret}&issuer=Perkbank"
    )
