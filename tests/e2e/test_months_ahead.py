"""The bank lives through eight days in a minute: what is due on the way happens, and the books stand.

It moves the stack's clock, which never goes back: nothing runs on the stack after it.
"""

import functools
from collections.abc import Iterator
from datetime import timedelta

import pytest

from bank import clock
from infra import templates, testclock
from infra.testclock import Stage
from tests.e2e.deployed import Deployed, created, ok
from tests.e2e.people import People

pytestmark = pytest.mark.rooms("accounts", "operations", "payments", "settlement", "staff")

# On the way: the CLI runs every room's, for which the emulator takes minutes.
JOBS = ("payments.hold-expiry", "settlement.run")
# A hold that names no end lasts seven.
DAYS = 8
PRICE, HELD, FUNDS = 5_000, 2_000, 10_000
NET = 4_970


@pytest.fixture
def stage(deployed: Deployed) -> Iterator[Stage]:
    """The stack's clock, by which this process signs and shows codes."""
    here = Stage(deployed.env.stage, functools.cache(deployed.env.aws))
    testclock.follow(here)
    yield here
    clock.be_ahead(timedelta)


def test_eight_days_pass_and_all_that_is_due_in_them_is_done(deployed: Deployed, stage: Stage) -> None:
    # In the morning, so that the day does not end meanwhile.
    morning = clock.midnight(clock.business_date(stage.now()) + timedelta(days=1)) + timedelta(hours=9)
    testclock.move(stage, morning, [])
    before = Deployed(deployed.env, deployed.folder)
    merchant = before.merchant(settlement="T+1")
    wallet = before.wallet(FUNDS, limits={"per_day": PRICE + HELD})
    paid = created(before.pay(wallet, merchant, PRICE))
    held = created(before.pay(wallet, merchant, HELD, capture="manual"))
    assert before.pay(wallet, merchant, 1).json["decline"]["code"] == "limit_exceeded"
    before.settled(merchant, NET)

    jobs = [job for job in templates.all_jobs() if job.job in JOBS]
    assert testclock.move(stage, morning + timedelta(days=DAYS), jobs) == 2 * DAYS + 1

    # The tokens of before have expired.
    later = Deployed(deployed.env, deployed.folder)
    assert morning < clock.parse(paid["created_at"]) < morning + timedelta(days=1)
    assert later.payment(held["payment_id"])["status"] == "expired"
    assert later.account(wallet)["available"] == FUNDS - PRICE
    later.settled(merchant, 0)
    [payout] = ok(later.get(f"/merchants/{merchant}/payouts"))["items"]
    assert payout["amount"] == NET
    # On the working day after it, which is the next one on most days.
    assert clock.business_date(clock.parse(payout["booked_at"])) > clock.business_date(morning)
    again = created(later.pay(wallet, merchant, PRICE))
    assert again["status"] == "succeeded"
    assert clock.parse(again["created_at"]) > morning + timedelta(days=DAYS)
    later.settled(merchant, NET)
    assert later.env.invoke("accounts-on-verification")["differences"] == []


def test_whoever_logs_in_afterwards_does_so_by_the_time_there(deployed: Deployed, stage: Stage) -> None:
    """Entered, enrolled with a secret of limited life, let in with a code; and jobs are on time."""
    officer = People(Deployed(deployed.env, deployed.folder)).head_office("rol_operations_officer")

    jobs = {each["job"]: each for each in ok(officer.get("/jobs"))["items"]}

    expiry = jobs["payments.hold-expiry"]
    assert stage.now() - clock.parse(expiry["last_good"]) < timedelta(hours=1)
    assert not expiry["late"]
