"""A merchant's account at a bank, as it is kept: its number sealed, a mask and a keyed hash beside it.

Nobody opens it here: the channel that pays out will, with a permission of its own.
"""

import base64
from collections.abc import Mapping
from typing import Any

from bank import vault
from merchants import domain

Kept = dict[str, Any]


def kept(
    merchant_id: str, given: Mapping[str, str] | None, before: Mapping[str, Any] | None = None
) -> Kept | None:
    """`given` with its number sealed for the merchant; `before` itself where it is the same account."""
    if not given:
        return None
    number = given["account_number"]
    fingerprint = vault.fingerprint("bank_account", f"{given['bank_code']}:{number}")
    shown = {**given, "account_number": domain.masked(number), "fingerprint": fingerprint}
    if before and {name: before.get(name) for name in shown} == shown:
        return dict(before)
    return {**shown, "sealed": base64.b64encode(vault.seal(number, context=place(merchant_id))).decode()}


def place(merchant_id: str) -> dict[str, str]:
    """Return the context that the number is sealed for."""
    return {"record": merchant_id, "field": "bank_account"}


def digest(request_digest: str, *numbers: Mapping[str, str] | str | None) -> str:
    """A request's digest, keyed where it holds a number (account, phone): a plain one could be tried out."""
    return vault.fingerprint("request", request_digest) if any(numbers) else request_digest
