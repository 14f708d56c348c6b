"""Business rules as data: JSON decision models (JDM, https://docs.gorules.io) on zen-engine.

A model is checked, compiled once in a process under its version, and evaluated on plain facts. The check
holds for all facts of the kinds that a model is asked with: no expression fails, none is passed over, and
memory and time follow from the model's size (`syntax`, `checking`, `flow`). zen is given what was read here,
and nothing else of the model. Whoever compiles one checks it: there is no other way to a `Model`.
"""

from bank.rules.engine import KEPT, Model, RulesBroken, compiled, evaluate, faults, forget
from bank.rules.kinds import TRUTH, Kind, Number, Schema, Word

__all__ = [
    "KEPT",
    "TRUTH",
    "Kind",
    "Model",
    "Number",
    "RulesBroken",
    "Schema",
    "Word",
    "compiled",
    "evaluate",
    "faults",
    "forget",
]
