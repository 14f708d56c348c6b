"""Routes of the suppliers room: a module for each resource."""

from suppliers.routes import documents, standing, suppliers
from suppliers.routes.api import app

__all__ = ["app", "documents", "standing", "suppliers"]
