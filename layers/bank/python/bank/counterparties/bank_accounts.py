"""A counterparty's account at a bank, as it is kept: its number sealed, a mask and a keyed hash beside it.

Nobody opens it here: the channel that pays out will, with a permission of its own.
"""

import base64
from collections.abc import Mapping
from typing import Any

from bank import vault

Kept = dict[str, Any]
SHOWN = ("bank_code", "account_number", "holder_name")


def kept(
    owner_id: str, given: Mapping[str, str] | None, before: Mapping[str, Any] | None = None
) -> Kept | None:
    """`given` with its number sealed for its owner; `before` itself where it is the same account."""
    if not given:
        return None
    number = given["account_number"]
    fingerprint = vault.fingerprint("bank_account", f"{given['bank_code']}:{number}")
    facts = {**given, "account_number": masked(number), "fingerprint": fingerprint}
    if before and {name: before.get(name) for name in facts} == facts:
        return dict(before)
    return {**facts, "sealed": base64.b64encode(vault.seal(number, context=place(owner_id))).decode()}


def place(owner_id: str) -> dict[str, str]:
    """Return the context that the number is sealed for."""
    return {"record": owner_id, "field": "bank_account"}


def digest(request_digest: str, *numbers: Mapping[str, str] | str | None) -> str:
    """A request's digest, keyed where it holds a number (account, phone): a plain one could be tried out."""
    return vault.fingerprint("request", request_digest) if any(numbers) else request_digest


def masked(account_number: str) -> str:
    """A bank account number as it may be shown: its last four digits."""
    return "*" * (len(account_number) - 4) + account_number[-4:]


def shown(bank_account: Mapping[str, str]) -> dict[str, str]:
    """A bank account as it was kept, without what is sealed or hashed."""
    return {name: bank_account[name] for name in SHOWN}
