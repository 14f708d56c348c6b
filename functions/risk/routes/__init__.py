"""Routes of the risk room: a module for each resource."""

from risk.routes import backtests, lists, reports, rule_sets
from risk.routes.api import app

__all__ = ["app", "backtests", "lists", "reports", "rule_sets"]
