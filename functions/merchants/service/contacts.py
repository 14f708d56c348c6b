"""A merchant's contact: the phone on which it hears what is done to it, and for a time the one before.

So that whoever would first give it another phone, and then another account, is heard of on the phone of
before all the same. The numbers are sealed, each with a mask and a keyed hash beside it.
"""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bank import clock, vault
from merchants.tables import MerchantRow

# So long the phone of before hears too.
FORMER = timedelta(days=30)


def kept(merchant_id: str, phone: str) -> dict[str, str]:
    """A contact (E.164) as the merchant's row keeps it."""
    return {
        "masked": vault.mask_phone(phone),
        "fingerprint": vault.fingerprint("phone", phone),
        "sealed": base64.b64encode(vault.seal(phone, context=_place(merchant_id))).decode(),
    }


def changed(row: MerchantRow, phone: str) -> dict[str, Any]:
    """The attributes of the row that another contact changes; none where it is the same."""
    new, before = kept(row.merchant_id, phone), row.contact
    if before and new["fingerprint"] == before["fingerprint"]:
        return {}
    former = {**before, "until": clock.instant(clock.now() + FORMER)} if before else row.former_contact
    return {"contact": new, "former_contact": former}


def phones(row: MerchantRow) -> list[str]:
    """The phones that hear of the merchant now."""
    former = row.former_contact
    heard = [row.contact, former if former and clock.instant() < former["until"] else None]
    return list(dict.fromkeys(_opened(row.merchant_id, each) for each in heard if each))


def _opened(merchant_id: str, contact: Mapping[str, str]) -> str:
    return vault.unseal(base64.b64decode(contact["sealed"]), context=_place(merchant_id))


def _place(merchant_id: str) -> dict[str, str]:
    return {"record": merchant_id, "field": "contact"}
