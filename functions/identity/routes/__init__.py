"""Routes of the identity room: a module for each resource."""

from identity.routes import clients, keys
from identity.routes.api import app

__all__ = ["app", "clients", "keys"]
