"""Risk verdicts inside the movement of money: approve, challenge, review or decline, before it is booked.

The facts are read in the use case's one batch read (`RiskCheck`); the rules are data (`bank.rules`), compiled
once in a process; the verdict is recorded with its input, so that it can be replayed (`replay`).
functions/risk/README.md says who writes the rules and the profiles.
"""

from bank.risk.challenges import ChallengeRequired, RiskDeclined
from bank.risk.check import Assessment, RiskCheck, RiskSignals, customer_of
from bank.risk.movement import Movement, RequestContext
from bank.risk.verdict import Outcome, Verdict, replay

__all__ = [
    "Assessment",
    "ChallengeRequired",
    "Movement",
    "Outcome",
    "RequestContext",
    "RiskCheck",
    "RiskDeclined",
    "RiskSignals",
    "Verdict",
    "customer_of",
    "replay",
]
