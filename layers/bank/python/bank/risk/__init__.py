"""Risk verdicts inside the movement of money: approve, challenge, review or decline, before it is booked.

What is judged is read in the use case's one batch read (`Guard`); the rules are data (`bank.rules`), compiled
once in a process; the verdict is recorded with its input, so that it can be replayed (`replay`).
functions/risk/README.md says who writes the rules and the profiles.
"""

from bank.risk.asking import ChallengeRequired, RiskDeclined
from bank.risk.guard import Guard, Judged, Told, customer_of
from bank.risk.judging import Circumstances, Context
from bank.risk.verdict import Outcome, Verdict, replay

__all__ = [
    "ChallengeRequired",
    "Circumstances",
    "Context",
    "Guard",
    "Judged",
    "Outcome",
    "RiskDeclined",
    "Told",
    "Verdict",
    "customer_of",
    "replay",
]
