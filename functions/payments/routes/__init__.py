"""Routes of the payments room: a module for each resource."""

from payments.routes import payment_codes, payments, refunds, splits
from payments.routes.api import app

__all__ = ["app", "payment_codes", "payments", "refunds", "splits"]
