"""Routes of the benefits room: a module for each resource."""

from benefits.routes import claims, entitlements, products, quotes, redemptions, vouchers
from benefits.routes.api import app

__all__ = ["app", "claims", "entitlements", "products", "quotes", "redemptions", "vouchers"]
