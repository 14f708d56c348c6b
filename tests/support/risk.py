"""Rules that are live, customers' wallets and payment tokens, as the rooms that own them leave these."""

from datetime import timedelta
from typing import Any

from bank import clock, ledger, store
from bank.credentials import payment_tokens
from bank.ids import digest
from bank.ledger.wallets import wallet_id
from bank.risk import rule_sets
from bank.risk.tables import ContentRow, LiveRow, content_key, live_key
from bank.store import recent
from tests.support import bus
from tests.support.http import context

Row = tuple[str, str, str]


def table(*rows: Row, node: str = "rules", output_path: str = "") -> dict[str, Any]:
    """A collecting table of rules, each a condition, an outcome and a reason: all that hold."""
    content: dict[str, Any] = {
        "hitPolicy": "collect",
        "inputs": [{"id": "when", "name": "when", "field": ""}],
        "outputs": [
            {"id": "outcome", "name": "outcome", "field": "outcome"},
            {"id": "reason", "name": "reason", "field": "reason"},
        ],
        "rules": [
            {"_id": str(number), "when": when, "outcome": f'"{outcome}"', "reason": f'"{reason}"'}
            for number, (when, outcome, reason) in enumerate(rows)
        ],
    }
    if output_path:
        content["outputPath"] = output_path
    return {"id": node, "name": node, "type": "decisionTableNode", "content": content}


def model(*rows: Row) -> dict[str, Any]:
    """The whole model of one table."""
    return graph(table(*rows))


def column(field: str, cell: str) -> dict[str, Any]:
    """The model of one table whose column asks something of a field."""
    content = model((cell, "decline", "fired"))
    content["nodes"][1]["content"]["inputs"][0]["field"] = field
    return content


def graph(*tables: dict[str, Any]) -> dict[str, Any]:
    """Tables side by side between a request and an answer."""
    edges = [
        {"id": f"{source}-{target}", "type": "edge", "sourceId": source, "targetId": target}
        for each in tables
        for source, target in (("request", each["id"]), (each["id"], "answer"))
    ]
    ends = [
        {"id": "request", "name": "request", "type": "inputNode"},
        {"id": "answer", "name": "answer", "type": "outputNode"},
    ]
    return {"nodes": [ends[0], *tables, ends[1]], "edges": edges}


def growing() -> dict[str, Any]:
    """A model of 5 KB whose nodes repeat a word, once a payer has paid three times within a minute: 10 GB."""
    nodes, edges = [], []
    names = ["request", "w1", "w2", "w3", "w4", "rules"]
    for before, name, behind in zip(names, names[1:], names[2:], strict=False):
        armed = 'customer.count_1m == 3 ? currency : ""' if name == "w1" else "+".join([before] * 240)
        lines = {"passThrough": True, "expressions": [{"id": name, "key": name, "value": armed}]}
        nodes.append({"id": name, "name": name, "type": "expressionNode", "content": lines})
        edges.append({"id": name, "type": "edge", "sourceId": name, "targetId": behind})
    content = model(('w4 == "never"', "decline", "fired"))
    content["edges"][0]["targetId"] = "w1"
    return {"nodes": content["nodes"] + nodes, "edges": content["edges"] + edges}


# What was taken and then never fired, or killed the process: by what it is, a model of it.
BROKEN = {
    "overflow": model(("amount * amount * amount > 5", "decline", "fired")),
    "remainder of zero": model(("amount % customer.count_1h == 0", "decline", "fired")),
    "division by zero": model(("amount / customer.mean_30d > 10", "decline", "fired")),
    "division by zero in a column": column("amount", "> 1000 / customer.count_1h"),
    "word in a condition": model(('amount > "1000"', "decline", "fired")),
    "word in a column": column("amount", '> "1000"'),
    "word turned into a number": column("amount", "> number(product)"),
    "behind a short-circuit": model(
        ("amount > 1000000000000 and number(lists.payee) > 5", "decline", "fired")
    ),
    "word repeated again and again": growing(),
}


def live(product: str, *rows: Row, caps: dict[str, Any] | None = None, posture: str = "decline") -> str:
    """Make these rules judge a product; their version."""
    content = model(*rows)
    version = f"rls_{digest([content, caps])[:12]}"
    store.put_many([ContentRow(rules_key=content_key(version), content=content, caps=caps)])
    point(product, version, posture)
    return version


def point(product: str, version: str | None, posture: str | None) -> None:
    """What is live for a product, whether or not there is such a version; and has been for some seconds."""
    store.put_many([LiveRow(rules_key=live_key(product), version=version, posture=posture)])
    recent.forget()


def forget() -> None:
    """As a new process: nothing is loaded, nothing read."""
    rule_sets.forget()
    recent.forget()


def customer_wallet(customer_id: str, balance: int, *, free_limit: int, currency: str = "CNY") -> str:
    """A customer's wallet, as the customers room opens it, with money on it."""
    row = ledger.accounts.new_row(
        account_id=wallet_id(customer_id, currency),
        owner_id=customer_id,
        kind=ledger.Kind.WALLET,
        currency=currency,
        client_id="cli_test",
        metadata={
            "customer": {
                "customer_id": customer_id,
                "level": 2,
                "free_limit": free_limit,
                "since": clock.instant(),
            }
        },
    )
    ledger.accounts.open_account(row)
    if balance:
        amounts = {row.account_id: balance, ledger.internal("funding", currency): -balance}
        paid_in = ledger.journal(
            f"jrn_{customer_id}",
            kind="deposit",
            reference=f"dep_{customer_id}",
            currency=currency,
            amounts=amounts,
            booked_at=clock.instant(),
        )
        transaction = store.Transaction()
        ledger.post(transaction, paid_in, {row.account_id: row.to_domain()}, made_by="cli_1")
        transaction.commit()
    return row.account_id


def token(customer_id: str, amount: int, payee: str, currency: str = "CNY") -> str:
    """A payment token, as if the customer had just shown the payment password."""
    transaction = store.Transaction()
    made, _ = payment_tokens.issue(
        transaction,
        customer_id=customer_id,
        amount=amount,
        currency=currency,
        payee=payee,
        method="payment_password",
    )
    transaction.commit()
    return made


def decided(handler: Any, record_id: str, product: str, decision: str) -> dict[str, Any]:
    """Deliver `ReviewDecided` to a room's handler, as its queue does; the handler's answer."""
    event = {
        "type": "perkbank.cases.ReviewDecided.v1",
        "data": {"record_id": record_id, "product": product, "decision": decision, "case_id": "cas_1"},
    }
    message = {"messageId": "1", "body": bus.body(event), "eventSource": "aws:sqs", "attributes": {}}
    answer: dict[str, Any] = handler({"Records": [message]}, context())
    return answer


def in_days(days: int) -> Any:
    """A clock so many days from now."""
    later = clock.now() + timedelta(days=days)
    return clock.source(lambda: later)
