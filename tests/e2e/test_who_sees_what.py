"""Channels beside each other, over HTTP on the deployed stack: data scopes, and requests that are signed."""

import uuid
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from infra import environment
from infra.channel import Channel
from infra.signer import Signer
from tests.e2e.deployed import Deployed, at_once, created, ok, problem
from tests.support import batch_files

pytestmark = pytest.mark.rooms("accounts", "payments", "merchants", "identity", "settlement", "transfers")

SCOPES = (
    "accounts:read",
    "accounts:write",
    "funding:write",
    "payments:read",
    "payments:write",
    "merchants:read",
    "ledger:read",
    "transfers:write",
)


def _channel(deployed: Deployed, *options: str) -> tuple[Channel, str]:
    """A client that is no system of the bank's, and its id."""
    endpoint = deployed.env.endpoint_url
    client_id, secret = environment.register(
        name="A channel", scopes=SCOPES, endpoint_url=endpoint, options=options
    )
    environment.allow(client_id, endpoint_url=endpoint)
    return Channel(api_url=deployed.api_url, client_id=client_id, client_secret=secret), client_id


def _wallet(channel: Channel, balance: int) -> str:
    body = {"owner_id": f"own_{uuid.uuid4().hex}", "kind": "wallet", "currency": "USD"}
    account_id: str = created(channel.post("/accounts", body))["account_id"]
    money = {"account_id": account_id, "amount": balance, "currency": "USD"}
    created(channel.post("/deposits", {**money, "source": "cash", "reference": "e2e"}))
    return account_id


def _order(wallet: str, merchant: str) -> dict[str, object]:
    return {
        "payer_account_id": wallet,
        "merchant_id": merchant,
        "amount": 100,
        "currency": "USD",
        "merchant_order_no": f"E2E-{uuid.uuid4().hex[:12]}",
    }


def test_a_channel_sees_and_uses_its_own_and_nothing_of_another(deployed: Deployed) -> None:
    """Reads, writes, lists, payments: 404, or nothing in the list; any merchant may be paid."""
    mine, other = _channel(deployed)[0], _channel(deployed)[0]
    wallet, merchant = _wallet(mine, 1_000), deployed.merchant()
    payment_id = created(mine.post("/payments", _order(wallet, merchant)))["payment_id"]

    assert ok(mine.get(f"/accounts/{wallet}"))["balance"] == 900
    assert ok(deployed.get(f"/payments/{payment_id}"))["status"] == "succeeded"
    for path in (f"/accounts/{wallet}", f"/accounts/{wallet}/entries", f"/accounts/{wallet}/balance"):
        problem(other.get(path), 404, "account_not_found")
    problem(other.get(f"/payments/{payment_id}"), 404, "payment_not_found")
    problem(other.post("/payments", _order(wallet, merchant)), 404, "account_not_found")
    problem(other.post(f"/accounts/{wallet}/freeze", {"reason": "spite"}), 404, "account_not_found")
    refund = {"amount": 1, "reason": "spite"}
    problem(other.post(f"/payments/{payment_id}/refunds", refund), 404, "payment_not_found")
    problem(mine.get(f"/merchants/{merchant}"), 404, "merchant_not_found")
    problem(mine.get("/ledger/trial-balance"), 404, "not_verified_yet")
    for query in ({"payer_account_id": wallet}, {"merchant_id": merchant}):
        assert ok(other.get("/payments", query)) == {"items": [], "next_cursor": None}
    assert ok(mine.get(f"/accounts/{wallet}"))["balance"] == 900


@pytest.fixture
def signed(deployed: Deployed, tmp_path: Path) -> tuple[Channel, Channel]:
    """A client that has to sign: one channel of it that does, and one that does not."""
    channel, client_id = _channel(deployed, "--signed", "--bank-wide")
    key = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(public)
    key_id = environment.add_key(
        client_id=client_id, file=tmp_path / "public.pem", endpoint_url=deployed.env.endpoint_url
    )
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return channel.signing(Signer(deployed.api_url, key_id, private)), channel


def test_a_signed_client_pays_when_it_signs_and_not_otherwise(
    deployed: Deployed, signed: tuple[Channel, Channel]
) -> None:
    """And a request counts once, however many deliveries of it race."""
    signing, silent = signed
    wallet, merchant = deployed.wallet(1_000), deployed.merchant()
    order = _order(wallet, merchant)

    assert problem(silent.post("/payments", order), 401, "signature_invalid")["reason"] == "missing"
    assert created(signing.post("/payments", order))["status"] == "succeeded"

    headers = {"Authorization": f"Bearer {silent.token()}", "Idempotency-Key": uuid.uuid4().hex}
    once = signing.sign("POST", "/payments", order, headers)

    def again() -> int:
        return signing.once("POST", "/payments", order, once).status

    outcomes = at_once([again] * 4)
    assert sorted(outcomes) == [201, 401, 401, 401]
    more = {**order, "amount": 101}
    fresh = signing.sign("POST", "/payments", order, {**headers, "Idempotency-Key": uuid.uuid4().hex})
    assert (
        problem(signing.once("POST", "/payments", more, fresh), 401, "signature_invalid")["reason"]
        == "mismatch"
    )
    assert deployed.account(wallet)["balance"] == 800


def test_who_signs_the_announcement_of_a_batch_signs_its_file(
    deployed: Deployed, signed: tuple[Channel, Channel]
) -> None:
    signing, silent = signed
    sums = {"from_account_id": deployed.wallet(5), "total_count": 1, "total_amount": 5}
    mine, theirs = ({**sums, "file_name": "a.csv", **batch_files.facts(text)} for text in ("mine", "theirs"))
    headers = {"Authorization": f"Bearer {silent.token()}", "Idempotency-Key": uuid.uuid4().hex}
    signature = signing.sign("POST", "/transfer-batches", mine, headers)

    problem(silent.post("/transfer-batches", mine), 401, "signature_invalid")
    problem(signing.once("POST", "/transfer-batches", theirs, signature), 401, "signature_invalid")
    assert signing.once("POST", "/transfer-batches", mine, signature).status == 202
