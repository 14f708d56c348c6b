"""Routes of the staff room: a module for each resource."""

from staff.routes import duties, members, roles, sessions, units
from staff.routes.api import app

__all__ = ["app", "duties", "members", "roles", "sessions", "units"]
