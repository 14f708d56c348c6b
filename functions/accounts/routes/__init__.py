"""Routes of the accounts room: a module for each resource."""

from accounts.routes import accounts, clearing, freezes, journals, movements, statements
from accounts.routes.api import app

__all__ = ["accounts", "app", "clearing", "freezes", "journals", "movements", "statements"]
