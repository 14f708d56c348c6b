"""A counterparty's contact: the phone on which it hears what is done to it, and for a time those before.

So that whoever would first give it another phone, or one after the other, and then another account, is heard
of on the phones of before all the same. The numbers are sealed, each with a mask and a keyed hash beside it.
"""

import base64
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from bank import clock, errors, vault

# So long a phone of before hears too.
FORMER = timedelta(days=30)
# Of phones of before so many: each hears all.
MOST = 4
Contact = Mapping[str, str]
# What a row keeps of those before; of each besides until when it hears.
Former = list[dict[str, str]] | None


class TooManyContacts(errors.Conflict):
    """409: four phones of before hear of this still; another can be given once one does no more."""

    code, title = "too_many_contacts", "Too many contacts"


def kept(owner_id: str, phone: str) -> dict[str, str]:
    """A contact (E.164) as its owner's row keeps it."""
    return {
        "masked": vault.mask_phone(phone),
        "fingerprint": vault.fingerprint("phone", phone),
        "sealed": base64.b64encode(vault.seal(phone, context=_place(owner_id))).decode(),
    }


def changed(owner_id: str, before: Contact | None, former: Former, phone: str) -> dict[str, Any]:
    """The attributes of the owner's row that another contact changes; none where it is the same.

    Raises TooManyContacts: no phone of before is dropped for a later one.
    """
    new = kept(owner_id, phone)
    if not before:
        return {"contact": new}
    if new["fingerprint"] == before["fingerprint"]:
        return {}
    others = [each for each in _hearing(former) if each["fingerprint"] != before["fingerprint"]]
    if len(others) == MOST:
        raise TooManyContacts(f"{MOST} phones of before hear of {owner_id} still")
    until = clock.instant(clock.now() + FORMER)
    return {"contact": new, "former_contacts": [*others, {**before, "until": until}]}


def phones(owner_id: str, contact: Contact | None, former: Former) -> list[str]:
    """The phones that hear of the owner now, the oldest first."""
    heard = [*_hearing(former), contact]
    return list(dict.fromkeys(_opened(owner_id, each) for each in heard if each))


def _hearing(former: Former) -> list[dict[str, str]]:
    """Contacts of before that hear still, the oldest first."""
    now = clock.instant()
    return [each for each in former or [] if now < each["until"]]


def _opened(owner_id: str, contact: Contact) -> str:
    return vault.unseal(base64.b64decode(contact["sealed"]), context=_place(owner_id))


def _place(owner_id: str) -> dict[str, str]:
    return {"record": owner_id, "field": "contact"}
