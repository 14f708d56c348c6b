"""From rules and facts to a verdict: pure, so that one input and version always give the same verdict."""

import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from bank import ids, rules
from bank.risk import facts as schema
from bank.rules import RulesBroken

MAX_REASONS = 8
MAX_REASON = 48
REASON = re.compile(r"^[a-z0-9_]{0,48}$")


class Outcome(StrEnum):
    """Outcomes of a verdict, from mild to severe."""

    APPROVE = "approve"
    CHALLENGE = "challenge"
    REVIEW = "review"
    DECLINE = "decline"


# What rules are asked with, and what their hits say: the one check of whatever is created, tried or live.
MODEL = rules.Schema(facts=schema.KINDS, hits={"outcome": re.compile("|".join(Outcome)), "reason": REASON})
SEVERITY = {outcome: rank for rank, outcome in enumerate(Outcome)}
# What the lists say whatever the rules are, in the order of `lists.*`.
BLOCKED = {
    "customer": "blocked_customer",
    "device": "blocked_device",
    "payee": "blocked_payee",
    "merchant": "blocked_merchant",
}


@dataclass(frozen=True)
class Verdict:
    """A verdict: its reasons are codes, `rules` the version ("" where none), `input` the recorded facts."""

    outcome: Outcome
    reasons: tuple[str, ...] = ()
    rules: str = ""
    posture: bool = False
    input: list[Any] = field(default_factory=list)

    def pack(self) -> str:
        """As a record keeps it, in little text."""
        flags = f"{self.outcome.value}{'!' if self.posture else ''}"
        return " ".join((flags, self.rules, ",".join(self.reasons), schema.encode(self.input)))

    @classmethod
    def unpack(cls, packed: str) -> "Verdict":
        """The inverse of `pack`."""
        flags, version, reasons, recorded = packed.split(" ")
        return cls(
            Outcome(flags.rstrip("!")),
            tuple(reasons.split(",")) if reasons else (),
            version,
            flags.endswith("!"),
            schema.decode(recorded),
        )

    @staticmethod
    def outcome_of(packed: str) -> Outcome:
        """The outcome of a packed verdict, without unpacking what it was made of."""
        return Outcome(packed.partition(" ")[0].rstrip("!"))

    def summary(self) -> dict[str, Any]:
        """As events carry it."""
        return {
            "outcome": self.outcome.value,
            "reasons": list(self.reasons),
            "rules": self.rules,
            "posture": self.posture,
            "input": self.input,
        }


def conclude(result: Any, facts: schema.Facts) -> tuple[Outcome, tuple[str, ...]]:
    """The worst outcome of all hits, and every reason that has it. Raises RulesBroken.

    `result` is a list of hits {"outcome", "reason"}. Block lists decline whatever the rules say. An allow
    list spares the challenge, and nothing worse than that.
    """
    if not isinstance(result, list):
        raise RulesBroken("the model does not end in a list of hits")
    hits = [_hit(hit) for hit in result]
    lists = facts["lists"]
    hits += [(Outcome.DECLINE, reason) for who, reason in BLOCKED.items() if lists[who] == "block"]
    if "allow" in lists.values():
        hits = [hit for hit in hits if hit[0] is not Outcome.CHALLENGE]
    worst = max((outcome for outcome, _ in hits), key=SEVERITY.__getitem__, default=Outcome.APPROVE)
    reasons = dict.fromkeys(reason for outcome, reason in hits if outcome is worst and reason)
    return worst, tuple(reasons)[:MAX_REASONS]


def replay(content: Any, recorded: list[Any], *, version: str = "") -> tuple[Outcome, tuple[str, ...]]:
    """Evaluate a model on a recorded input; `version` keeps it compiled. Raises RulesBroken, ValueError."""
    facts = schema.unpack(recorded)
    model = rules.compiled(version or f"replay#{ids.digest(content)}", content, MODEL)
    return conclude(rules.evaluate(model, facts), facts)


def posture(outcome: Outcome, recorded: list[Any]) -> tuple[Outcome, tuple[str, ...]]:
    """Return the outcome while the rules cannot answer: the posture, or a block list where that is worse."""
    facts = schema.unpack(recorded)
    hits = [] if outcome is Outcome.APPROVE else [{"outcome": outcome.value, "reason": "posture"}]
    return conclude(hits, {**facts, "lists": {who: _only_block(on) for who, on in facts["lists"].items()}})


def _only_block(on: str) -> str:
    return on if on == "block" else ""


def _hit(hit: Any) -> tuple[Outcome, str]:
    try:
        reason = hit.get("reason") or ""
        if not REASON.fullmatch(reason):
            raise RulesBroken(f"a reason is a code of at most {MAX_REASON} small letters, digits and _")
        return Outcome(hit["outcome"]), reason
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RulesBroken(f"a hit is not an outcome and a reason: {hit!r}"[:200]) from error
