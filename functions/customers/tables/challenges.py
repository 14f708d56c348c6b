"""Phones and whose they are, codes that were sent, and guesses: `customer-phones`, `customer-challenges`."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UnicodeSetAttribute

from bank.credentials.lockout import TriesRow
from bank.store import Table, table_name


class PhoneRow(Table):
    """Current customer of a phone, by channel (or for all the bank's own channels).

    `former_ids` had the number before, and have none since it was given to another person.
    """

    class Meta:
        table_name = table_name("customer-phones")

    phone_key = UnicodeAttribute(hash_key=True)
    customer_id = UnicodeAttribute(null=True)
    former_ids = UnicodeSetAttribute(null=True)


class CodeRow(Table):
    """A one-time code that was sent, one for each purpose and phone."""

    class Meta:
        table_name = table_name("customer-challenges")

    challenge = UnicodeAttribute(hash_key=True)
    code_mac = UnicodeAttribute()
    # For who shows the reference that the answer to asking for it held, and for everybody else.
    own_tries_left = NumberAttribute(null=True)
    tries_left = NumberAttribute()
    reference_digest = UnicodeAttribute(null=True)
    sent_at = UnicodeAttribute()
    expires_at = UnicodeAttribute()
    used_at = UnicodeAttribute(null=True)
    purge_at = NumberAttribute()


class SendLimitRow(Table):
    """Codes that may still be sent to a phone in a day, or for an address in an hour."""

    class Meta:
        table_name = table_name("customer-challenges")

    challenge = UnicodeAttribute(hash_key=True)
    left = NumberAttribute()
    next_at = UnicodeAttribute(null=True)
    purge_at = NumberAttribute()


class FailuresRow(TriesRow):
    """Failures in a row of logging in with a phone, whether anybody has it or not, or of a second factor."""

    class Meta:
        table_name = table_name("customer-challenges")

    challenge = UnicodeAttribute(hash_key=True)
