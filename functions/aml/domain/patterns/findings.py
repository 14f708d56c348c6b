"""Findings: a pattern at one account, and the words of a draft report."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aml.domain.patterns.parameters import Parameters


class Pattern(StrEnum):
    """Patterns of movements that are looked for."""

    LARGE_CASH = "large_cash"
    LARGE_TRANSFER = "large_transfer"
    STRUCTURING = "structuring"
    FAN_IN_FAN_OUT = "fan_in_fan_out"
    DORMANT_BURST = "dormant_burst"
    ROUND_TRIP = "round_trip"


SUSPICIOUS = frozenset(
    (Pattern.STRUCTURING, Pattern.FAN_IN_FAN_OUT, Pattern.DORMANT_BURST, Pattern.ROUND_TRIP)
)


# Sentences of a draft report; a person completes it.
NARRATIVES: dict[Pattern, str] = {
    Pattern.LARGE_CASH: "Cash of {amount} in {movements} movements within one day ({since}).",
    Pattern.LARGE_TRANSFER: "Transfers of {amount} in {movements} movements within one day ({since}).",
    Pattern.STRUCTURING: (
        "{movements} movements of {amount} together between {since} and {until}, each just under the"
        " threshold at which a day's movements are reported (structuring)."
    ),
    Pattern.FAN_IN_FAN_OUT: (
        "{amount} came from many accounts and went on to many between {since} and {until}, {parties}"
        " parties in all (fan-in, then fan-out: an account that passes money through)."
    ),
    Pattern.DORMANT_BURST: (
        "After {dormant_days} days or more without a movement, {movements} movements of {amount} together"
        " between {since} and {until} (a dormant account wakes)."
    ),
    Pattern.ROUND_TRIP: (
        "{amount} went out and came back over {parties} accounts between {since} and {until} in {movements}"
        " transfers (round trip)."
    ),
}


@dataclass(frozen=True)
class Finding:
    """Finding of a pattern at one account. Instants are RFC 3339, amounts minor units."""

    pattern: Pattern
    account_id: str
    currency: str
    since: str
    until: str
    amount: int
    movements: int
    record_ids: tuple[str, ...]
    parties: int

    @property
    def key(self) -> tuple[str, ...]:
        """Return the finding's key, the same in every run: where it began. It may have grown since."""
        return (self.pattern.value, self.account_id, self.currency, self.record_ids[0])

    @property
    def report_kind(self) -> str:
        """LTR, a large transaction report, or STR, a suspicious transaction report."""
        return "STR" if self.pattern in SUSPICIOUS else "LTR"

    def narrative(self, parameters: Parameters) -> str:
        """The draft's words: no names, only what the movements say."""
        major = f"{self.amount // 100:,}.{self.amount % 100:02d} {self.currency}"
        words: dict[str, Any] = {
            "amount": major,
            "movements": self.movements,
            "parties": self.parties,
            "since": self.since[:10],
            "until": self.until[:10],
            "dormant_days": parameters.dormant_days,
        }
        return NARRATIVES[self.pattern].format(**words)
