"""The kyc room's tables: `kyc` (verifications, profiles, uses of id numbers) and `vault-cards`.

Patterns and costs: README.md. Personal data is sealed (bank.vault); beside it stand masks and fingerprints.
"""

from kyc.tables.cards import CardRow, card_id, card_key
from kyc.tables.profiles import (
    PROFILE,
    TRIES,
    USES,
    ProfileRow,
    TriesRow,
    UseRow,
    UsesRow,
    profile_key,
    tries_key,
    use_key,
    uses_key,
)
from kyc.tables.verifications import (
    DUE_SHARDS,
    UNIT_SHARDS,
    VERIFICATION,
    ByCustomer,
    ByUnit,
    Due,
    VerificationRow,
    due_shard,
    due_shards,
    unit_shard,
    unit_shards,
    verification_key,
)

__all__ = [
    "DUE_SHARDS",
    "PROFILE",
    "TRIES",
    "UNIT_SHARDS",
    "USES",
    "VERIFICATION",
    "ByCustomer",
    "ByUnit",
    "CardRow",
    "Due",
    "ProfileRow",
    "TriesRow",
    "UseRow",
    "UsesRow",
    "VerificationRow",
    "card_id",
    "card_key",
    "due_shard",
    "due_shards",
    "profile_key",
    "tries_key",
    "unit_shard",
    "unit_shards",
    "use_key",
    "uses_key",
    "verification_key",
]
