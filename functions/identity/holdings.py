"""Data that this room keeps: of channels, and the phones of who looks after them."""

from bank.access.clients import ClientKeyRow, ClientRow
from bank.access.signatures import NonceRow
from bank.privacy.holdings import End, Fate, Holding, Whose, impersonal

HOLDINGS = (
    Holding(
        model=ClientRow,
        whose=Whose.CHANNELS,
        holds="channels, with digests of their secrets, and the sealed phone of who looks after each",
        personal=("contact", "contact_masked", "secret_contact"),
        end=End(Fate.STAYS, None, "a channel's business contact, which its unit changes when they do"),
    ),
    impersonal(ClientKeyRow, "their public keys", whose=Whose.CHANNELS),
    impersonal(NonceRow, "nonces of signed requests, for minutes", whose=Whose.CHANNELS),
)
