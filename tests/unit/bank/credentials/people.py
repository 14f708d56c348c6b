"""A table of people as small as can be, with what guards a login."""

from pynamodb.attributes import UnicodeAttribute

from bank import store
from bank.credentials.lockout import TriesRow
from bank.credentials.totp import Enrolled
from bank.store import Key, table_name


class Person(Enrolled):
    """Kept in the sessions' table, whose key it has."""

    class Meta:
        table_name = table_name("sessions")

    subject = UnicodeAttribute(hash_key=True)
    session_id = UnicodeAttribute(range_key=True, default="person")


class Tries(TriesRow):
    """Kept in the customers' table of tries."""

    class Meta:
        table_name = table_name("customer-challenges")

    challenge = UnicodeAttribute(hash_key=True)


KEY: Key = (Person, "per_1", "person")


def read() -> Person:
    found = store.get(Person, "per_1", "person")
    assert found
    return found
