"""Personal data: sealed field by field, found by keyed hash, shown masked.

`seal` is envelope encryption under KMS (AWS Encryption SDK). Its context names the record and the field, e.g.
`{"record": "ver_...", "field": "id_number"}`: it is authenticated, so that what was sealed for one place does
not open in another. It stands readable in the sealed bytes: it holds ids and names of fields, nothing else.
`fingerprint` finds equal values without opening any; only who holds the KMS key can make one, so that a copy
of a table cannot be searched by trying all phone numbers.
"""

import functools
from typing import TYPE_CHECKING, Any

from bank import aws
from bank.config import config
from bank.vault.masks import mask_card, mask_id_number, mask_name, mask_phone

if TYPE_CHECKING:
    from bank.vault.envelope import Envelope

__all__ = [
    "CannotOpen",
    "fingerprint",
    "mask_card",
    "mask_id_number",
    "mask_name",
    "mask_phone",
    "seal",
    "unseal",
    "unseal_evenly",
]

SEPARATOR = "\x1f"
NOWHERE = {"record": "none", "field": "none"}


class CannotOpen(Exception):
    """The bytes were not sealed for this context, were altered, or KMS would not open their data key."""


def seal(plain: str, *, context: dict[str, str]) -> bytes:
    """`plain` encrypted for the place that `context` names: some 450 bytes and the text's length.

    One call of KMS per process, 5 minutes and 1000 seals. Needs the policy FieldSealer or FieldCipher.
    """
    _named(context)
    return _envelope().seal(plain.encode(), context)


def unseal(sealed: bytes, *, context: dict[str, str]) -> str:
    """Return the plain text. One call of KMS per data key new to this process. Raises CannotOpen."""
    _named(context)
    opened = _envelope().open(sealed, context)
    if opened is None:
        raise CannotOpen(f"not sealed for {' '.join(context.values())}, or altered")
    return opened.decode()


def unseal_evenly(sealed: bytes | None, *, context: dict[str, str]) -> str | None:
    """As `unseal`, and as many calls of KMS where there is nothing sealed, which returns None: one each time.

    For secrets whose being there is not to be told by time. Needs the policy FieldCipher. Raises CannotOpen.
    """
    decoy = _decoy()
    blob, place = (decoy, NOWHERE) if sealed is None else (sealed, context)
    opened = _envelope().open(blob, place, cached=False)
    if opened is None:
        raise CannotOpen(f"not sealed for {' '.join(place.values())}, or altered")
    return None if sealed is None else opened.decode()


def fingerprint(kind: str, value: str) -> str:
    """HMAC-SHA-256 of `value` as a `kind` of thing, in hex: equal for equal kind and value, and only then.

    Give values in one spelling (no blanks, upper case). One call of KMS. Needs the policy Lookup.
    """
    if SEPARATOR in kind:
        raise ValueError("a kind is a name")
    answer = _kms().generate_mac(
        KeyId=config.lookup_key_id,
        Message=f"{kind}{SEPARATOR}{value}".encode(),
        MacAlgorithm="HMAC_SHA_256",
    )
    mac: bytes = answer["Mac"]
    return mac.hex()


def _named(context: dict[str, str]) -> None:
    if not context or not all(context.values()):
        raise ValueError("a context names the record and the field")


@functools.cache
def _envelope() -> "Envelope":
    # Imported here: the SDK costs a cold start 0.3 s, and most requests seal nothing.
    from bank.vault.envelope import Envelope

    return Envelope(_key_arn())


@functools.cache
def _decoy() -> bytes:
    return seal("nothing", context=NOWHERE)


def _key_arn() -> str:
    """The SDK opens with the very key that it is given, by ARN; an alias is asked for once a process."""
    key_id = config.field_key_id
    if key_id.startswith("arn:"):
        return key_id
    arn: str = _kms().describe_key(KeyId=key_id)["KeyMetadata"]["Arn"]
    return arn


@functools.cache
def _kms() -> Any:
    return aws.client("kms", read_timeout=3)
