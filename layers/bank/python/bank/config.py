"""The typed environment of a function: read once, at import, and never again.

Each value has a default that suits a unit test; template.yaml sets the real ones.
"""

import json
import os
from dataclasses import dataclass

# Stages of developers and tests, where simulators stand in for the outside world.
SIMULATED = ("local", "test")
# By the kind of caller; the first of each signs.
TOKEN_KEYS = json.dumps(
    {kind: f"alias/perkbank-test-{kind}-tokens" for kind in ("channel", "customer", "staff")}
)


@dataclass(frozen=True)
class Config:
    """Settings of every function, from template.yaml."""

    table_prefix: str
    event_bus: str
    home_currency: str
    region: str
    service: str
    issuer: str
    # Keys of access tokens by the kind of caller: the first signs, all verify.
    token_keys: dict[str, list[str]]
    field_key_id: str
    lookup_key_id: str
    cursor_key_id: str
    risk_posture: str
    export_bucket: str
    aws_patience: int
    # The parameter that a stage for tests has its time from (bank.testclock); empty elsewhere.
    test_clock: str

    @property
    def stage(self) -> str:
        """The stage that this function works for, which is the one whose tables it uses."""
        return self.table_prefix.removeprefix("perkbank-").removesuffix("-")

    @property
    def simulated(self) -> bool:
        """True where simulators may stand in for the outside world."""
        return self.stage in SIMULATED

    def posture(self, product: str) -> str:
        """Outcome for a product's movements while risk cannot answer (bank.risk).

        What a stage does not state is declined. Where simulators may be and none is stated at all, all pass.
        """
        stated: dict[str, str] = json.loads(self.risk_posture)
        return stated.get(product, "approve" if self.simulated and not stated else "decline")


def _token_keys(text: str) -> dict[str, list[str]]:
    """Return the keys of each kind, which stand behind each other with commas between."""
    keys = {kind: named.split(",") for kind, named in json.loads(text).items()}
    if len({each for named in keys.values() for each in named}) < sum(map(len, keys.values())):
        raise ValueError("TOKEN_KEYS: a key is for one kind of caller")
    return keys


def _read() -> Config:
    return Config(
        table_prefix=os.environ.get("TABLE_PREFIX", "perkbank-test-"),
        event_bus=os.environ.get("EVENT_BUS", "perkbank-test"),
        home_currency=os.environ.get("HOME_CURRENCY", "CNY"),
        region=os.environ.get("AWS_REGION", os.environ.get("AWS_DEFAULT_REGION", "us-east-1")),
        service=os.environ.get("POWERTOOLS_SERVICE_NAME", "perkbank"),
        issuer=os.environ.get("ISSUER", "urn:perkbank:test"),
        token_keys=_token_keys(os.environ.get("TOKEN_KEYS") or TOKEN_KEYS),
        field_key_id=os.environ.get("FIELD_KEY_ID", "alias/perkbank-test-field-encryption"),
        lookup_key_id=os.environ.get("LOOKUP_KEY_ID", "alias/perkbank-test-lookup"),
        cursor_key_id=os.environ.get("CURSOR_KEY_ID", "alias/perkbank-test-cursors"),
        risk_posture=os.environ.get("RISK_POSTURE", "{}"),
        export_bucket=os.environ.get("EXPORT_BUCKET", "perkbank-test-exports"),
        aws_patience=int(os.environ.get("AWS_PATIENCE", "1")),
        test_clock=os.environ.get("TEST_CLOCK", ""),
    )


config = _read()
