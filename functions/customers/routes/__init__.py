"""Routes of the customers room: a module for each resource."""

from customers.routes import authentication, backoffice, closure, credentials, exports, me, wallets
from customers.routes.api import app

__all__ = ["app", "authentication", "backoffice", "closure", "credentials", "exports", "me", "wallets"]
