"""Routes of the suppliers room: a module for each resource."""

from suppliers.routes import documents, standing, statements, suppliers, usage_files
from suppliers.routes.api import app

__all__ = ["app", "documents", "standing", "statements", "suppliers", "usage_files"]
