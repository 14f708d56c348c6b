"""Customers of the deployed stack, through the channel of the tests."""

from datetime import timedelta

from bank import clock
from infra import customers
from infra.customers import PASSWORD, PIN, Customer, fresh_phone
from tests.e2e.deployed import Deployed

__all__ = ["PASSWORD", "PIN", "Customer", "ask", "fresh_phone", "register", "settle"]


def register(deployed: Deployed, phone: str | None = None, *, password: str | None = PASSWORD) -> Customer:
    """A new customer, with a password unless it is None."""
    return customers.register(deployed.channel, deployed.env.endpoint_url, phone, password=password)


def ask(deployed: Deployed, phone: str, purpose: str) -> str:
    """Ask for a code, and read it."""
    return customers.ask(deployed.channel, deployed.env.endpoint_url, phone, purpose)


def settle(deployed: Deployed, customer: Customer) -> None:
    """Let their identity have been verified so long ago that it proves them (customers.service.identity)."""
    deployed.env.aws("dynamodb").update_item(
        TableName=deployed.env.tables["customers"],
        Key={"customer_id": {"S": customer.customer_id}, "record": {"S": "credentials"}},
        UpdateExpression="SET identity_at = :then",
        ConditionExpression="attribute_exists(identity_at)",
        ExpressionAttributeValues={":then": {"S": clock.instant(clock.now() - timedelta(days=4))}},
    )
