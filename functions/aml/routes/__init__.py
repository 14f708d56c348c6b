"""Routes of the aml room: a module for each resource."""

from aml.routes import parameters, reports, sanctions_lists, screenings
from aml.routes.api import app

__all__ = ["app", "parameters", "reports", "sanctions_lists", "screenings"]
