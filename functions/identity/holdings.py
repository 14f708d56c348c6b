"""Data that this room keeps: of channels, which are no persons."""

from bank.access.clients import ClientRow
from bank.access.signatures import ClientKeyRow, NonceRow
from bank.privacy.holdings import Whose, impersonal

HOLDINGS = (
    impersonal(ClientRow, "channels, with digests of their secrets", whose=Whose.CHANNELS),
    impersonal(ClientKeyRow, "their public keys", whose=Whose.CHANNELS),
    impersonal(NonceRow, "nonces of signed requests, for minutes", whose=Whose.CHANNELS),
)
