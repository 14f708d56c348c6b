"""Customers of the deployed stack, through the channel of the tests."""

from infra import customers
from infra.customers import PASSWORD, PIN, Customer, fresh_phone
from tests.e2e.deployed import Deployed

__all__ = ["PASSWORD", "PIN", "Customer", "ask", "fresh_phone", "register"]


def register(deployed: Deployed, phone: str | None = None) -> Customer:
    """A new customer, with a password."""
    return customers.register(deployed.channel, deployed.env.endpoint_url, phone)


def ask(deployed: Deployed, phone: str, purpose: str) -> str:
    """Ask for a code, and read it."""
    return customers.ask(deployed.channel, deployed.env.endpoint_url, phone, purpose)
