"""Routes of the points room: a module for each resource."""

from points.routes import customers, programmes, redemptions
from points.routes.api import app

__all__ = ["app", "customers", "programmes", "redemptions"]
