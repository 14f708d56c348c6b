"""The room's HTTP function, which the modules beside this hang their views on."""

from typing import Any

from bank.access.principal import Kind
from bank.control import trail
from bank.http import Api, Call
from customers.service import people
from customers.service.factors import PresentedCredentials
from customers.service.people import Person

app = Api("customers")

CHANNELS, CUSTOMERS, STAFF = [Kind.CHANNEL], [Kind.CUSTOMER], [Kind.STAFF]


def customer(call: Call) -> Person:
    """The customer who calls, whom their acts are about. One round trip."""
    person = people.load(call.principal.subject, session=call.principal.session)
    trail.about(person.customer_id, person.customer.ownership)
    return person


def presented_credentials(body: Any) -> PresentedCredentials:
    """Return the credentials that a body presents."""
    return PresentedCredentials(
        password=getattr(body, "current_password", None) or None,
        totp=body.totp,
        recovery_code=body.recovery_code,
        id_number=getattr(body, "id_number", None),
    )
