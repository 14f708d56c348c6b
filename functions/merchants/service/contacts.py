"""A merchant's contact: the phone on which it hears what is done to it, and for a time those before.

So that whoever would first give it another phone, or one after the other, and then another account, is heard
of on the phones of before all the same. The numbers are sealed, each with a mask and a keyed hash beside it.
"""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bank import clock, errors, vault
from merchants.tables import MerchantRow

# So long a phone of before hears too.
FORMER = timedelta(days=30)
# Of phones of before so many: each hears all.
MOST = 4


class TooManyContacts(errors.Conflict):
    """409: four phones of before hear of this merchant still; another can be given once one does no more."""

    code, title = "too_many_contacts", "Too many contacts"


def kept(merchant_id: str, phone: str) -> dict[str, str]:
    """A contact (E.164) as the merchant's row keeps it."""
    return {
        "masked": vault.mask_phone(phone),
        "fingerprint": vault.fingerprint("phone", phone),
        "sealed": base64.b64encode(vault.seal(phone, context=_place(merchant_id))).decode(),
    }


def changed(row: MerchantRow, phone: str) -> dict[str, Any]:
    """The attributes of the row that another contact changes; none where it is the same.

    Raises TooManyContacts: no phone of before is dropped for a later one.
    """
    new, before = kept(row.merchant_id, phone), row.contact
    if not before:
        return {"contact": new}
    if new["fingerprint"] == before["fingerprint"]:
        return {}
    former = [each for each in _former(row) if each["fingerprint"] != before["fingerprint"]]
    if len(former) == MOST:
        raise TooManyContacts(f"{MOST} phones of before hear of merchant {row.merchant_id} still")
    until = clock.instant(clock.now() + FORMER)
    return {"contact": new, "former_contacts": [*former, {**before, "until": until}]}


def phones(row: MerchantRow) -> list[str]:
    """The phones that hear of the merchant now, the oldest first."""
    heard = [*_former(row), row.contact]
    return list(dict.fromkeys(_opened(row.merchant_id, each) for each in heard if each))


def _former(row: MerchantRow) -> list[dict[str, str]]:
    """Contacts of before that hear still, the oldest first."""
    now = clock.instant()
    return [each for each in row.former_contacts or [] if now < each["until"]]


def _opened(merchant_id: str, contact: Mapping[str, str]) -> str:
    return vault.unseal(base64.b64decode(contact["sealed"]), context=_place(merchant_id))


def _place(merchant_id: str) -> dict[str, str]:
    return {"record": merchant_id, "field": "contact"}
