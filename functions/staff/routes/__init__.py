"""Routes of the staff room: a module for each resource."""

from staff.routes import members, roles, sessions, units
from staff.routes.api import app

__all__ = ["app", "members", "roles", "sessions", "units"]
