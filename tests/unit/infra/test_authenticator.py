"""Codes of staff, by the bank's time and each once."""

from datetime import UTC, datetime

from bank import clock
from bank.credentials import totp
from infra.authenticator import STEP_SECONDS, Authenticator

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
MOMENT = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_its_codes_are_those_of_the_bank_s_time_whatever_the_world_s_is() -> None:
    mine = Authenticator(SECRET)
    with clock.source(lambda: MOMENT):
        steps = [totp.step(SECRET, mine.code(-1), after=0) for _ in range(3)]

    present = int(MOMENT.timestamp()) // STEP_SECONDS
    assert steps == [present - 1, present, present + 1]


def test_a_code_runs_out_once_its_step_and_the_next_are_over() -> None:
    mine = Authenticator(SECRET)
    with clock.source(lambda: MOMENT):
        mine.code()
        assert not mine.has_run_out
    with clock.source(lambda: datetime.fromtimestamp(MOMENT.timestamp() + 2 * STEP_SECONDS, UTC)):
        assert mine.has_run_out
