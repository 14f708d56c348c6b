"""Risk verdicts inside the movement of money: approve, challenge, review or decline, before it is booked.

What is judged is read in the use case's one batch read; the rules are data (`bank.rules`), compiled once in a
process; the verdict is recorded with its input, so that it can be replayed. See functions/risk/README.md for
who writes the rules and the profiles.
"""

from bank.risk.verdict import Outcome, Verdict, replay

__all__ = ["Outcome", "Verdict", "replay"]
