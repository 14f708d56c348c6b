"""Routes of the operations room: a module for each resource."""

from operations.routes import calendars, incidents, jobs
from operations.routes.api import app

__all__ = ["app", "calendars", "incidents", "jobs"]
