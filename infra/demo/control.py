"""The other half of `make run`: who may do what, and what is too risky to do, shown on the deployed stack.

Rules go live by two people, a customer comes in and proves who they are, a payment asks for their payment
password, a name is found on a sanctions list, and the audit trail is verified. Everything is done over HTTP.
"""

import hashlib
import random
import time
import urllib.request
from collections.abc import Callable
from typing import Any

from rich.table import Table
from stdnum.cn import ric

from infra import customers, local, people, starter
from infra.channel import Answer, Channel
from infra.customers import Customer, done
from infra.demo.channels import console
from infra.environment import Environment
from infra.people import HEAD_OFFICE, Member

SCREENING = local.ROOT / "tests" / "data" / "screening"
LISTS = {"sdn": "ofac_sdn_2019.csv.gz", "alt": "ofac_alt_2019.csv.gz"}
LISTED = "Usama bin Ladin"
# Made up, with a right check digit: the simulated provider takes it.
CARD = "6222021234567890128"
# Above what a customer pays without their payment password (minor units of CNY).
AMOUNT = 120_000
LEVEL_ONE = 100_000
WAIT_SECONDS = 60


def show(stage: Environment, channel: Channel, merchant_id: str) -> None:
    """Do all of it and print what came of it. Raises Refused where the API does not do what it should."""
    administrator = people.administrator(stage)
    analyst = people.enter(administrator, unit_id=HEAD_OFFICE, roles=["rol_risk_analyst"])
    # Let in by another administrator: whom one person lets in do not check each other.
    approver = people.enter(administrator.colleagues[0], unit_id=HEAD_OFFICE, roles=["rol_risk_approver"])
    rules = starter.put_live(analyst, approver)
    auditor = people.enter(administrator, unit_id=HEAD_OFFICE, roles=["rol_auditor"])
    analyst.colleagues = [approver]
    customer = customers.register(channel, stage.endpoint_url)
    rows = [
        (
            "Staff",
            "four entered and given their roles, each proposed by one administrator, approved by another",
        ),
        ("Rules", f"{len(rules)} rule sets live, drafted by one of the staff, approved by another"),
        ("A customer", f"let in by the code sent to {_masked(customer)}"),
        ("Real name", _verified(customer)),
        ("A payment", _paid(channel, customer, merchant_id)),
        ("A branch", _branch_sees_nothing(administrator, customer)),
        ("Sanctions", _screened(channel, analyst)),
        ("Audit trail", _audited(auditor)),
    ]
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for row in rows:
        table.add_row(*row)
    console.print()
    console.print(table)


def _masked(customer: Customer) -> str:
    return str(done(customer.call("GET", "/me"))["phone"])


def _verified(customer: Customer) -> str:
    facts = {
        "name": "张三丰",
        "id_number": _id_number(),
        "phone": customer.phone.removeprefix("+86"),
        "card_number": CARD,
        "document_expires_on": None,
    }
    outcome: str = done(customer.call("POST", "/me/verifications", facts, key="demo"))["status"]
    limit = _eventually(lambda: customer.wallet()["per_year"], lambda found: found > LEVEL_ONE)
    return f"{outcome}; the wallet's limit is now {limit // 100:,} CNY a year"


def _id_number() -> str:
    """Nobody's, with a right check character (GB 11643); a fresh one, for a number verifies few customers."""
    month, day, number = random.randrange(1, 13), random.randrange(1, 29), random.randrange(100, 400)
    first = f"1101051949{month:02d}{day:02d}{number}"
    return first + str(ric.calc_check_digit(first + "0"))


def _paid(channel: Channel, customer: Customer, merchant_id: str) -> str:
    wallet = customer.wallet()["account_id"]
    money = {"amount": AMOUNT, "currency": "CNY"}
    deposit = {"account_id": wallet, **money, "source": "bank_transfer", "reference": "demo"}
    done(channel.post("/deposits", deposit))
    customer.set_payment_password()
    order = {
        "payer_account_id": wallet,
        "merchant_id": merchant_id,
        "merchant_order_no": f"DEMO-{int(time.time())}",
        **money,
    }
    key = f"demo-{time.time_ns()}"
    asked = customer.call("POST", "/payments", order, key=key)
    token = done(customer.payment_token(AMOUNT, merchant_id))["payment_token"]
    paid = done(customer.call("POST", "/payments", {**order, "payment_token": token}, key=key))
    return f"of 1,200.00 CNY: first {asked.json['code']}, with the payment password {paid['status']}"


def _branch_sees_nothing(administrator: Member, customer: Customer) -> str:
    branch = people.add_unit(administrator, "Hangzhou")
    manager = people.enter(administrator, unit_id=branch, roles=["rol_branch_manager"])
    seen = manager.get(f"/customers/{customer.customer_id}").status
    above = administrator.get(f"/customers/{customer.customer_id}").status
    return f"another's customer is {seen} to its manager, and {above} to the head office"


def _screened(channel: Channel, analyst: Member) -> str:
    contents = {name: (SCREENING / file).read_bytes() for name, file in LISTS.items()}
    digests = {f"{name}_sha256": hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    announced = done(analyst.post("/sanctions-lists", {"name": "ofac", **digests}))
    for name, url in (announced["uploads"] or {}).items():
        with urllib.request.urlopen(urllib.request.Request(url, data=contents[name], method="PUT")):
            pass
    published = done(analyst.post(f"/sanctions-lists/{announced['list_id']}/publication"))
    body = {"kind": "payee", "subject_id": "demo-payee", "name": LISTED}
    answer: Answer = _eventually(
        lambda: channel.post("/aml/screenings", body), lambda found: found.status != 409
    )
    return f"{published['entries']:,} entries of OFAC's list; “{LISTED}”: {done(answer)['outcome']}"


def _audited(auditor: Member) -> str:
    entries = len(done(auditor.get("/audit", {"limit": 100}))["items"])
    verified = done(auditor.post("/audit/verifications"))
    state = "intact" if verified["intact"] else f"{verified['difference_count']} differences"
    return f"{verified['entries']} acts in {verified['blocks']} blocks, {state}; {entries} shown"


def _eventually(look: Callable[[], Any], satisfied: Callable[[Any], bool]) -> Any:
    """Return what `look` gives once it satisfies, or at the end of the patience."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not satisfied(found := look()) and time.monotonic() < deadline:
        time.sleep(0.5)
    return found
