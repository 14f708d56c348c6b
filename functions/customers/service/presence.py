"""Presence of customers: when they were last seen, by devices that they use and phones that they showed.

Carriers give numbers that are not used to other people, so that a code sent to one proves less and less; and
whoever has lost all devices is not seen on any. A device that is forgotten was used all the same: whoever has
a session would else make a customer one who was not seen for long.
"""

from datetime import datetime, timedelta

from bank import clock
from customers.service import devices
from customers.service.people import Person
from customers.settings import settings


def unseen_for(person: Person) -> timedelta:
    """Time since the customer last logged in, refreshed a session, or showed this phone. One query."""
    shown = person.customer.number_since or person.customer.registered_at
    seen = devices.last_seen(person.customer_id) or shown
    last: datetime = clock.parse(max(shown, seen))
    return clock.now() - last


def number_in_use(person: Person) -> bool:
    """Return whether the phone's number may be taken for still this customer's."""
    return unseen_for(person) <= settings.number_kept


def is_quiet(person: Person) -> bool:
    """Return whether they may have lost their devices: the number is in use, and none was seen lately."""
    return settings.lowered <= unseen_for(person) <= settings.number_kept
