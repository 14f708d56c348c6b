"""A bank in memory with one owner's records in it, and the gate to it: authorizer, policy, room.

The owner is a channel of a sub-branch; `owner`, `above` and `head_office` see its records. The strangers are
another channel, another customer, another branch's staff, and staff of no unit.
"""

import fnmatch
import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key

from accounts.app import on_verification
from bank.access import organisation, signing, tokens
from bank.access.principal import Kind
from bank.access.scopes import SCOPES
from bank.config import config
from bank.http import Operation
from identity.app import authorize
from infra.contract import ROOT, rooms
from tests.support import batch_files, embedded, funding, http, streams
from tests.support.organisation import BRANCH, OTHER_BRANCH, SUB_BRANCH, units
from tests.unit.benefits import given

STAGE = "arn:aws:execute-api:us-east-1:000000000000:api/test"


@functools.cache
def _key(key_id: str) -> RSAPrivateKey:
    return generate_private_key(65537, 2048)


class Kms:
    """The keys of tokens, which sign in this process."""

    def sign(self, *, KeyId: str, Message: bytes, **_: Any) -> dict[str, bytes]:
        """As KMS signs with RSASSA_PKCS1_V1_5_SHA_256."""
        return {"Signature": _key(KeyId).sign(Message, padding.PKCS1v15(), hashes.SHA256())}

    def get_public_key(self, *, KeyId: str, **_: Any) -> dict[str, bytes]:
        """The public half, DER."""
        der, info = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        return {"PublicKey": _key(KeyId).public_key().public_bytes(der, info)}


def _published(call: embedded.AwsCall) -> embedded.AwsAnswer:
    """EventBridge, which takes every event and tells nobody."""
    entries = [{"EventId": "1"} for _ in call.document["Entries"]]
    return embedded.json_answer({"FailedEntryCount": 0, "Entries": entries})


@contextmanager
def running(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty bank with two branches and keys for tokens."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with embedded.cloud(eventbridge=_published):
        monkeypatch.setattr(signing, "_kms", Kms)
        units()
        yield
    organisation.forget()


def token(**claims: Any) -> str:
    """An access token as the bank issues it, of every scope unless others are given."""
    given = {"client_id": "cli_app", "scopes": sorted(SCOPES), **claims}
    if given.get("kind", Kind.CHANNEL) is not Kind.CHANNEL:
        given["session"] = http.SESSION
    return tokens.issue(**given)


def channel(client_id: str, **claims: Any) -> str:
    """A channel's token."""
    return token(client_id=client_id, **claims)


def customer(customer_id: str) -> str:
    """A customer's, through the owner's channel."""
    return token(kind=Kind.CUSTOMER, subject=customer_id)


def staff(unit: str) -> str:
    """A member of staff's."""
    return token(client_id="cli_console", kind=Kind.STAFF, subject="stf_1", unit=unit)


def owners() -> dict[Kind, list[str]]:
    """Tokens that see the owner's records, by kind."""
    return {
        Kind.CHANNEL: [channel("cli_app", unit=SUB_BRANCH), channel("cli_core", bank_wide=True)],
        Kind.STAFF: [staff(SUB_BRANCH), staff(BRANCH), staff(organisation.HEAD_OFFICE)],
    }


def strangers() -> dict[str, tuple[Kind, str]]:
    """Tokens that see nothing of the owner's, each with its kind."""
    return {
        "other channel": (Kind.CHANNEL, channel("cli_other", unit=SUB_BRANCH)),
        "other customer": (Kind.CUSTOMER, customer("cus_stranger")),
        "other branch": (Kind.STAFF, staff(OTHER_BRANCH)),
        "no unit": (Kind.STAFF, staff("unit_gone")),
    }


def send(
    operation: Operation,
    bearer: str | None,
    *,
    path: str = "",
    body: Any = None,
    query: dict[str, str] | None = None,
    key: str = "key-1",
) -> http.Reply:
    """What comes back from behind API Gateway: the authorizer's policy is asked, then the room."""
    place = path or filled(operation.path)
    api = rooms.apis()[operation.tag]
    event = http.event(api, operation.method, place, body, key=key, query=query or None, client_id=None)
    if operation.scope:
        if bearer is None:
            # API Gateway asks no authorizer without the header that it is identified by.
            return http.Reply(401, {}, "{}")
        answer = _authorized(bearer)
        if answer is None:
            return http.Reply(401, {}, "{}")
        if not _allowed(answer["policyDocument"], f"{STAGE}/{operation.method}{place}"):
            return http.Reply(403, {}, "{}")
        event["requestContext"]["authorizer"] = answer["context"]
        http.keep_session(answer["context"])
    return _reply(api, event)


def _reply(api: Any, event: dict[str, Any]) -> http.Reply:
    answer = api(event, http.context())
    return http.Reply(answer["statusCode"], answer["headers"], answer["body"])


def inside(operation: Operation, principal: dict[str, str]) -> http.Reply:
    """What the room itself says to a caller that the gateway has let through."""
    api = rooms.apis()[operation.tag]
    event = http.event(api, operation.method, filled(operation.path), {}, key="key-1", client_id=None)
    event["requestContext"]["authorizer"] = principal
    http.keep_session(principal)
    return _reply(api, event)


def sampled(room: str, name: str, principal: dict[str, str]) -> http.Reply:
    """What the room says to its sample of a request, by a caller that the gateway has let through."""
    event = json.loads((ROOT / "events" / "samples" / room / f"http_{name}.json").read_text())
    event["requestContext"]["authorizer"] = principal
    return _reply(rooms.apis()[room], event)


def _authorized(bearer: str) -> dict[str, Any] | None:
    """The authorizer's answer, or None where API Gateway makes a 401 of its error."""
    request = {"headers": {"Authorization": f"Bearer {bearer}"}, "methodArn": f"{STAGE}/GET/health"}
    try:
        return authorize(request, http.context())
    except Exception as refused:
        # Any other message would be a 500.
        if str(refused) != "Unauthorized":
            raise
        return None


def _allowed(policy: dict[str, Any], arn: str) -> bool:
    return any(
        statement["Effect"] == "Allow"
        and any(fnmatch.fnmatchcase(arn, pattern) for pattern in statement["Resource"])
        for statement in policy["Statement"]
    )


def filled(path: str) -> str:
    """A path with something in the place of each id."""
    return path.replace("{", "").replace("}", "")


class Records:
    """The owner's records, made by the rooms themselves, by the names that `authorisation.py` uses."""

    def __init__(self) -> None:
        self._operations = {operation.name: operation for _, operation in rooms.operations()}
        self._bearer = channel("cli_app", unit=SUB_BRANCH)
        self._made = 0
        ledger = {"owner_id": "own_1", "kind": "wallet", "currency": "CNY"}
        terms = {"name": "R", "category_code": "5735", "fee": {"basis_points": 60}, "settlement": "T+1"}
        money = {
            "amount": 1_000,
            "currency": "CNY",
            "source": "cash",
            "reference": "r",
            "account_id": "{wallet}",
        }
        for client_id in ("cli_app", "cli_core", "cli_other"):
            funding.allow(client_id)
        self.ids: dict[str, str] = {}
        for name in ("wallet", "empty", "frozen"):
            self._make(name, "open_account", "account_id", body=ledger)
        for name in ("merchant", "partner", "suspended"):
            self._make(name, "register_merchant", "merchant_id", body=terms)
        self._act("freeze_account", "/accounts/{frozen}/freeze", {"reason": "test"})
        self._act("suspend_merchant", "/merchants/{suspended}/suspend", {"reason": "test"})
        deposited = self._act("deposit", "/deposits", money)
        self.ids["journal"] = deposited["journal_id"]
        pay = {"payer_account_id": "{wallet}", "merchant_id": "{merchant}", "merchant_order_no": "order-1"}
        amount = {"amount": 100, "currency": "CNY"}
        self._make("payment", "create_payment", "payment_id", body=pay | amount)
        self._make("held", "create_payment", "payment_id", body=pay | amount | {"capture": "manual"})
        send_ = {"from_account_id": "{wallet}", "to_account_id": "{empty}", "amount": 10, "currency": "CNY"}
        self._make("transfer", "make_transfer", "transfer_id", body=send_)
        # Put back, so that the account can be closed: the receiver of the transfer is another.
        self._make("empty", "open_account", "account_id", body=ledger)
        sums = {"from_account_id": "{wallet}", "total_count": 1, "total_amount": 5}
        batch = sums | {"file_name": "a.csv"} | batch_files.facts("a file")
        self._make("batch", "announce_batch", "batch_id", body=batch)
        self._benefits()
        self._settle()

    def _benefits(self) -> None:
        """A product on the shelf, as two people have put it there, and what the wallet's owner has of it."""
        self.ids["product"] = given.shelved("ben_01JDB3W6Q2V0M8C4T5R7N9XKHE", SUB_BRANCH)
        self.ids["entitlement"] = given.issued(self.ids["product"], self.ids["wallet"], "own_1", SUB_BRANCH)

    def named(self, text: Any) -> Any:
        """The text, or what is made of texts, with the records' ids for their names."""
        if isinstance(text, dict):
            return {name: self.named(value) for name, value in text.items()}
        if isinstance(text, list):
            return [self.named(value) for value in text]
        if isinstance(text, str):
            for name, record_id in self.ids.items():
                text = text.replace(f"{{{name}}}", record_id)
        return text

    def _make(self, name: str, operation: str, id_field: str, *, body: Any) -> None:
        self.ids[name] = self._act(operation, self._operations[operation].path, body)[id_field]

    def _act(self, name: str, path: str, body: Any) -> dict[str, Any]:
        self._made += 1
        answer = send(
            self._operations[name],
            self._bearer,
            path=self.named(path),
            body=self.named(body),
            key=f"made-{self._made}",
        )
        assert answer.status < 300, (name, answer.body)
        made: dict[str, Any] = answer.json
        return made

    def _settle(self) -> None:
        """Let the streams' consumers see what was done, and verify the ledger once."""
        for table in ("ledger-journals", "ledger-accounts", "payments"):
            records = embedded.change_records(config.table_prefix + table, 0)
            for name in streams.CONSUMERS[table]:
                streams.handler(name)({"Records": records}, http.context())
        on_verification({}, http.context())
